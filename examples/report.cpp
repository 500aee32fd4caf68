#include "report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plot/page.h"

namespace gt = gradtape;
using plot::Chart;
using plot::Numbers;

namespace {

std::size_t columns_of(const gt::Tensor& images) { return static_cast<std::size_t>(images.size(2)); }

std::string curve(const RunLog& log, plot::Axis axis, double Epoch::* train, double Epoch::* validation) {
  Numbers epoch, of_train, of_validation;
  for (const Epoch& e : log.epochs) {
    epoch.push_back(static_cast<double>(epoch.size() + 1));
    of_train.push_back(e.*train);
    of_validation.push_back(e.*validation);
  }
  Chart chart({.label = "epoch"}, std::move(axis));
  chart.line("train", epoch, of_train).line("validation", epoch, of_validation);
  if (log.best_epoch > 0) {
    const auto best = static_cast<std::size_t>(log.best_epoch - 1);
    chart.mark(epoch[best], of_validation[best], fmt::format("epoch {}, kept", log.best_epoch));
  }
  return chart.html();
}

std::string curves(const RunLog& log) {
  if (log.epochs.empty()) return "<p class=\"note\">No epoch was trained.</p>\n";
  return "<div class=\"figures\">" +
         plot::figure(
             curve(log, {.label = "loss" + log.loss_unit, .log = true}, &Epoch::train_loss, &Epoch::validation_loss),
             "The epoch with the least validation loss is kept.") +
         plot::figure(curve(log, {.label = "share read right"}, &Epoch::train_accuracy, &Epoch::validation_accuracy),
                      "Accuracy, which a few images decide.") +
         "</div>\n";
}

std::vector<std::string> class_names(std::int64_t classes) {
  std::vector<std::string> names;
  for (std::int64_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  return names;
}

std::string confusion(const RunLog& log) {
  const std::int64_t classes = log.probabilities.size(1);
  const auto names = class_names(classes);
  const auto counts = gt::confusion_matrix(log.probabilities, log.labels, classes).to_vector<double>();
  const auto recall = gt::recall(log.probabilities, log.labels, classes).to_vector<double>(),
             precision = gt::precision(log.probabilities, log.labels, classes).to_vector<double>();
  std::vector<std::vector<std::string>> rows;
  for (std::size_t c = 0; c < names.size(); ++c)
    rows.push_back({names[c], plot::number(gt::sum((log.labels == static_cast<std::int64_t>(c)).to(gt::int64)).item()),
                    fmt::format("{:.1f} %", 100 * recall[c]), fmt::format("{:.1f} %", 100 * precision[c])});
  return "<div class=\"figures\">" +
         plot::figure(plot::matrix("true ↓, read as →", names, names, counts), "How many were taken for what.") +
         plot::figure(
             plot::table({"class", "images", "recall", "precision"}, rows),
             "Recall: of the images of a class, the share read as it. Precision: of those read as a class, the "
             "share that are of it.") +
         "</div>\n";
}

std::string weight_images(const RunLog& log) {
  const double most = std::max(1e-12, gt::amax(gt::abs(log.weights)).item());
  std::vector<std::string> pieces;
  for (std::int64_t c = 0; c < log.weights.size(0); ++c) {
    const auto pixels = (gt::select(log.weights, 0, c) / most).to_vector<double>();
    pieces.push_back(plot::signed_image(pixels, columns_of(log.weights)) + (log.weights_of_classes ? "" : "unit ") +
                     std::to_string(c));
  }
  return plot::cards(pieces) +
         fmt::format(
             "<p class=\"note\"><span class=\"k1\">This ink</span> speaks for {0}, <span class=\"k0\">this</span> "
             "against it; full ink is ±{1}.</p>\n",
             log.weights_of_classes ? "a class" : "a hidden unit", plot::number(most, 3));
}

std::string misread(const RunLog& log) {
  const auto taken = gt::argmax(log.probabilities, 1).to_vector<std::int64_t>();
  const auto labels = log.labels.to_vector<std::int64_t>();
  std::vector<std::string> pieces;
  std::size_t missed = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (taken[i] == labels[i] || ++missed > 60) continue;
    const auto example = static_cast<std::int64_t>(i);
    const auto p = gt::select(log.probabilities, 0, example).to_vector<double>();
    pieces.push_back(plot::image(gt::select(log.images, 0, example).to_vector<double>(), columns_of(log.images)) +
                     fmt::format("a {}, read as {}; loss {}", labels[i], taken[i],
                                 plot::number(-std::log(p[static_cast<std::size_t>(labels[i])]), 3)) +
                     plot::percentages(p));
  }
  if (missed == 0) return "<p class=\"note\">None.</p>\n";
  return plot::cards(pieces) + (missed > pieces.size()
                                    ? fmt::format("<p class=\"note\">The first {} of {}.</p>\n", pieces.size(), missed)
                                    : "");
}

std::string settings(const RunLog& log) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : log.settings) rows.push_back({name, value});
  return plot::table({"setting", ""}, rows) + "<pre>" + plot::escaped(log.command) + "</pre>\n";
}

}  // namespace

void write_report(const RunLog& log, const std::string& path) {
  plot::write_page(
      path, "digits",
      fmt::format(
          "<h1>Handwritten digits</h1>\n<p class=\"big\">{:.2f} % of the training digits are read right, {:.2f} % "
          "of the held-out ones.</p>\n<p>Held-out loss{}: {}.</p>\n<h2>Training</h2>\n{}<h2>Held-out digits</h2>\n{}"
          "<h2>Weights</h2>\n{}<h2>Misread held-out digits</h2>\n{}<h2>The run</h2>\n{}",
          100 * log.train_accuracy, 100 * log.test_accuracy, log.loss_unit, plot::number(log.test_loss), curves(log),
          confusion(log), weight_images(log), misread(log), settings(log)));
}
