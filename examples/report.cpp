#include "report.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <gradtape/models/file.h>

namespace gt = gradtape;

namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --faint: #8a8f98; --line: #d9dce1; --a: #1f77b4; --b: #d9662c; --c: 31,119,180; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16181c; --faint: #9aa0a9; --line: #3a3f47; --a: #6db3e8; --b: #f0915c; --c: 109,179,232; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .6rem; text-align: right; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: var(--faint); } .settings td { text-align: left; }
.cards { display: flex; flex-wrap: wrap; gap: 1.2rem; } .card { border: 1px solid var(--line); border-radius: 8px; padding: .7rem; }
.card table { font-size: .8rem; } .card td, .card th { padding: 0 .3rem; } .note { color: var(--faint); }
svg text { fill: var(--faint); font-size: 12px; } .big { font-size: 1.3rem; }
)";

double largest(const std::vector<Epoch>& epochs) {
  double most = 0;
  for (const Epoch& epoch : epochs) most = std::max({most, epoch.train_loss, epoch.validation_loss});
  return most > 0 ? most : 1;
}

std::string curve(const std::vector<Epoch>& epochs, double Epoch::* of, const char* colour, double top) {
  std::string points;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const double x =
        epochs.size() > 1 ? 50 + 620 * static_cast<double>(i) / static_cast<double>(epochs.size() - 1) : 50;
    points += fmt::format("{:.1f},{:.1f} ", x, 230 - 210 * epochs[i].*of / top);
  }
  return fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>\n", colour, points);
}

std::string loss_curve(const RunLog& log) {
  if (log.epochs.empty()) return "<p class=\"note\">No epoch was trained.</p>\n";
  const double top = largest(log.epochs);
  std::string svg = "<svg viewBox=\"0 0 700 270\" width=\"100%\" role=\"img\" aria-label=\"loss by epoch\">\n";
  for (int i = 0; i <= 4; ++i) {
    const double y = 230 - 210 * i / 4.0;
    svg += fmt::format(
        "<line x1=\"50\" x2=\"670\" y1=\"{0:.1f}\" y2=\"{0:.1f}\" stroke=\"var(--line)\"/>"
        "<text x=\"44\" y=\"{1:.1f}\" text-anchor=\"end\">{2:.2f}</text>\n",
        y, y + 4, top * i / 4);
  }
  svg +=
      fmt::format("<text x=\"50\" y=\"250\">1</text><text x=\"670\" y=\"250\" text-anchor=\"end\">{} epochs</text>\n",
                  log.epochs.size());
  svg += curve(log.epochs, &Epoch::train_loss, "var(--a)", top) +
         curve(log.epochs, &Epoch::validation_loss, "var(--b)", top);
  return svg +
         "<text x=\"560\" y=\"30\" style=\"fill:var(--a)\">— train</text><text x=\"560\" y=\"48\" "
         "style=\"fill:var(--b)\">— validation</text>\n</svg>\n";
}

std::string confusion(const RunLog& log) {
  const std::int64_t classes = log.probabilities.size(1);
  const auto counts = gt::confusion_matrix(log.probabilities, log.labels, classes).to_vector<std::int64_t>();
  const auto most = static_cast<double>(std::max<std::int64_t>(1, *std::max_element(counts.begin(), counts.end())));
  std::string table = "<table><tr><th>true \\ read as</th>";
  for (std::int64_t c = 0; c < classes; ++c) table += fmt::format("<th>{}</th>", c);
  table += "</tr>\n";
  for (std::int64_t r = 0; r < classes; ++r) {
    table += fmt::format("<tr><th>{}</th>", r);
    for (std::int64_t c = 0; c < classes; ++c) {
      const auto count = counts[static_cast<std::size_t>(r * classes + c)];
      table += fmt::format("<td style=\"background:rgba(var(--c),{:.2f})\">{}</td>",
                           0.75 * std::sqrt(static_cast<double>(count) / most), count ? std::to_string(count) : "·");
    }
    table += "</tr>\n";
  }
  return table + "</table>\n";
}

// Pixels from -1 (one colour) over 0 (paper) to 1 (another), or grey when all are positive.
std::string picture(const std::vector<double>& pixels, std::size_t rows, std::size_t columns, bool diverging,
                    int width) {
  std::string svg =
      fmt::format("<svg viewBox=\"0 0 {} {}\" width=\"{}\" shape-rendering=\"crispEdges\" style=\"background:{}\">",
                  columns, rows, width, diverging ? "#fff" : "#000");
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const double value = pixels[i], size = std::min(1.0, std::abs(value));
    if (size < 0.01) continue;
    svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"1\" height=\"1\" fill=\"{}\" fill-opacity=\"{:.2f}\"/>",
                       i % columns, i / columns, diverging ? (value > 0 ? "#b2182b" : "#2166ac") : "#fff", size);
  }
  return svg + "</svg>";
}

std::string weight_images(const RunLog& log) {
  if (!log.weights.defined())
    return "<p class=\"note\">Only a softmax model has one image of weights for each class.</p>\n";
  const auto rows = static_cast<std::size_t>(log.weights.size(1)),
             columns = static_cast<std::size_t>(log.weights.size(2));
  const double most = std::max(1e-12, gt::amax(gt::abs(log.weights)).item());
  std::string cards = "<div class=\"cards\">\n";
  for (std::int64_t c = 0; c < log.weights.size(0); ++c) {
    const auto pixels = (gt::select(log.weights, 0, c) / most).to_vector<double>();
    cards += fmt::format("<div class=\"card\">{}<br>{}</div>\n", picture(pixels, rows, columns, true, 110), c);
  }
  return cards + "</div>\n<p class=\"note\">Red ink speaks for a class, blue ink against it.</p>\n";
}

std::string misread(const RunLog& log) {
  const auto taken = gt::argmax(log.probabilities, 1).to_vector<std::int64_t>();
  const auto labels = log.labels.to_vector<std::int64_t>();
  std::string cards = "<div class=\"cards\">\n";
  int shown = 0, missed = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (taken[i] == labels[i] || ++missed > 60) continue;
    const auto example = static_cast<std::int64_t>(i);
    const auto pixels = gt::select(log.images, 0, example).to_vector<double>();
    const auto p = gt::select(log.probabilities, 0, example).to_vector<double>();
    std::string table = "<table>";
    for (std::size_t c = 0; c < p.size(); ++c)
      table += fmt::format(
          "<tr><th>{}</th><td style=\"background:linear-gradient(to right,rgba(var(--c),.45) {:.1f}%,transparent "
          "0)\">{:.1f} %</td></tr>",
          c, 100 * p[c], 100 * p[c]);
    cards += fmt::format("<div class=\"card\">{}<br>a {}, read as {}{}</table></div>\n",
                         picture(pixels, static_cast<std::size_t>(log.images.size(1)),
                                 static_cast<std::size_t>(log.images.size(2)), false, 110),
                         labels[i], taken[i], table);
    ++shown;
  }
  if (shown == 0) return "<p class=\"note\">None.</p>\n";
  return cards + "</div>\n" +
         (missed > shown ? fmt::format("<p class=\"note\">The first {} of {}.</p>\n", shown, missed) : "");
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (char c : text)
    safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return safe;
}

std::string page(const RunLog& log) {
  std::string settings = "<table class=\"settings\">";
  for (const auto& [name, value] : log.settings)
    settings += fmt::format("<tr><th>{}</th><td>{}</td></tr>", escaped(name), escaped(value));
  settings += "</table>\n";
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>digits</title><style>{}</style>\n"
      "<h1>Handwritten digits</h1>\n<p class=\"big\">{:.2f} % of the training digits are read right, {:.2f} % of the "
      "held-out ones.</p>\n{}"
      "<h2>Loss</h2>\n{}<h2>Held-out digits: what was taken for what</h2>\n{}<h2>Weights</h2>\n{}<h2>Misread held-out "
      "digits</h2>\n{}</html>\n",
      style, 100 * log.train_accuracy, 100 * log.test_accuracy, settings, loss_curve(log), confusion(log),
      weight_images(log), misread(log));
}

}  // namespace

void write_report(const RunLog& log, const std::string& path) {
  const std::string text = page(log);
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  gt::write_file("report", path, {&bytes, 1}, gt::Location::current());
}
