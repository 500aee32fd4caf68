// Learns to read handwritten digits: softmax regression or a small network, trained, tested, shown and written down.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "command_line.h"
#include "report.h"
#include "run_log.h"
#include "terminal.h"

namespace gt = gradtape;

namespace {

struct Settings {
  std::string model = "softmax", loss = "cross_entropy", optimizer = "sgd", device = "cpu";
  double rate = 0;  // 0: the optimizer's own default below
  double weight_decay = 1e-4;
  int epochs = 100, batch = 64, threads = 0;
  std::uint64_t seed = 0;
  std::string data, save, load, report = "report.html", command;

  gt::Device place() const { return device == "cuda" ? gt::Device::cuda() : gt::Device::cpu(); }
  double used_rate() const {
    return rate > 0 ? rate : optimizer == "sgd" ? 0.1 : optimizer == "adagrad" ? 0.05 : 0.003;
  }
};

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);  // once more, and the program ends at once
}

// Images [size, rows, columns] from 0 to 1, and labels. The validation part of the training set chooses the epoch; the
// held-out images are looked at once, at the end.
struct Images {
  gt::Dataset train, validation, test;
  std::int64_t rows, columns, classes;
};

gt::Dataset scaled(const gt::Dataset& data, double most, gt::Device device) {
  return {(data.inputs.to(gt::float32) / most).to(device), data.labels.to(device)};
}

Images read_images(const Settings& settings) {
  gt::Split split;
  if (settings.data.empty()) {
    split = gt::train_test_split(gt::digits(), {.test_size = 360, .seed = settings.seed});
  } else {
    gt::IdxFolder folder = gt::read_idx_folder(settings.data);
    split = folder.test ? gt::Split{folder.train, *folder.test}
                        : gt::train_test_split(folder.train, {.seed = settings.seed});
  }
  for (const gt::Dataset* part : {&split.train, &split.test})
    if (part->inputs.dim() != 3 || part->inputs.numel() == 0)
      throw std::runtime_error(
          fmt::format("images are [size, rows, columns], not {}", gt::to_string(part->inputs.shape())));
  if (!(split.train.inputs.size(1) == split.test.inputs.size(1) &&
        split.train.inputs.size(2) == split.test.inputs.size(2)))
    throw std::runtime_error("training and held-out images differ in size");
  if (gt::amin(split.train.labels).item() < 0) throw std::runtime_error("a label is below 0");
  const double most = gt::amax(split.train.inputs.to(gt::float32)).item();
  if (!std::isfinite(most) || !std::isfinite(gt::amax(split.test.inputs.to(gt::float32)).item()))
    throw std::runtime_error("an image holds a number that is not finite");
  const auto classes = gt::amax(split.train.labels).item<std::int64_t>() + 1;
  if (const auto most_held_out = gt::amax(split.test.labels).item<std::int64_t>(); most_held_out >= classes)
    throw std::runtime_error(
        fmt::format("a held-out image has label {}, but the training labels end at {}", most_held_out, classes - 1));
  if (classes > 10000) throw std::runtime_error(fmt::format("label {} is beyond reason", classes - 1));
  if (split.train.size() < 2)
    throw std::runtime_error("one training image cannot be parted into training and validation");
  const auto [train, validation] =
      gt::train_test_split(split.train, {.test_size = (split.train.size() + 9) / 10, .seed = settings.seed});
  const double unit = most > 0 ? most : 1;
  const gt::Device place = settings.place();
  return {scaled(train, unit, place), scaled(validation, unit, place), scaled(split.test, unit, place),
          split.train.inputs.size(1), split.train.inputs.size(2),      classes};
}

std::unique_ptr<gt::Module> make_model(const std::string& kind, const Settings& settings, const Images& images) {
  const std::int64_t features = images.rows * images.columns;
  if (kind == "softmax")
    return std::make_unique<gt::SoftmaxRegression>(features, images.classes,
                                                   gt::ModuleOptions{.device = settings.place()});
  auto net = std::make_unique<gt::Sequential>();
  const gt::LinearOptions options{.device = settings.place(), .seed = settings.seed};
  net->add<gt::Linear>(features, 128, options).add(gt::relu).add<gt::Linear>(128, images.classes, options);
  return net;
}

std::unique_ptr<gt::Optimizer> make_optimizer(const Settings& s, const gt::Module& model) {
  const double rate = s.used_rate();
  if (s.optimizer == "sgd")
    return std::make_unique<gt::SGD>(model.parameters(),
                                     gt::SGDOptions{.lr = rate, .momentum = 0.9, .weight_decay = s.weight_decay});
  if (s.optimizer == "adam")
    return std::make_unique<gt::Adam>(model.parameters(), gt::AdamOptions{.lr = rate, .weight_decay = s.weight_decay});
  if (s.optimizer == "adamw")
    return std::make_unique<gt::AdamW>(model.parameters(),
                                       gt::AdamWOptions{.lr = rate, .weight_decay = s.weight_decay});
  if (s.optimizer == "rmsprop")
    return std::make_unique<gt::RMSprop>(model.parameters(),
                                         gt::RMSpropOptions{.lr = rate, .weight_decay = s.weight_decay});
  return std::make_unique<gt::Adagrad>(model.parameters(),
                                       gt::AdagradOptions{.lr = rate, .weight_decay = s.weight_decay});
}

gt::Tensor loss_of(const Settings& settings, const gt::Tensor& logits, const gt::Tensor& labels) {
  if (settings.loss == "cross_entropy") return gt::cross_entropy(logits, labels);
  if (settings.loss == "nll") return gt::nll_loss(gt::log_softmax(logits, 1), labels);
  return gt::mse_loss(gt::softmax(logits, 1), gt::one_hot(labels, logits.size(1), {.dtype = gt::float32}));
}

struct Score {
  double loss, accuracy;
};
Score score(const Settings& settings, const gt::Module& model, const gt::Dataset& data) {
  const gt::Tensor logits = model(gt::flatten(data.inputs, 1));
  return {loss_of(settings, logits, data.labels).item(), gt::accuracy(logits, data.labels)};
}

// One pass over the training set; false when interrupted.
bool train_epoch(const Settings& settings, const gt::Module& model, gt::Optimizer& optimizer, const gt::Dataset& train,
                 int epoch) {
  const gt::BatchOptions order{
      .size = settings.batch, .shuffle = true, .seed = settings.seed * 1000003 + static_cast<std::uint64_t>(epoch)};
  for (const auto& [images, labels] : gt::batches(train, order)) {
    gt::Tape tape;
    const gt::Tensor loss = loss_of(settings, model(gt::flatten(images, 1)), labels);
    loss.backward();
    optimizer.step();
    if (interrupted) return false;
  }
  return true;
}

// The weights of the epoch with the least validation loss, kept while training goes on; epoch 0 is before the first.
struct Best {
  int epoch = 0;
  Score score{INFINITY, -1};
  std::vector<gt::Tensor> weights;

  void look(const gt::Module& model, int now, const Score& seen) {
    if (!(seen.loss < score.loss)) return;  // finer than accuracy, which a few images decide
    epoch = now;
    score = seen;
    weights.clear();
    for (const gt::Tensor& parameter : model.parameters()) weights.push_back(parameter.clone());
  }
  void put_back(const gt::Module& model) const {
    auto parameters = model.parameters();
    for (std::size_t i = 0; i < weights.size(); ++i) parameters[i].copy_(weights[i]);
  }
};

// An epoch that is interrupted does not count.
void train(const Settings& settings, const gt::Module& model, const Images& images, RunLog& log, Best& best) {
  const auto optimizer = make_optimizer(settings, model);
  Progress progress(settings.epochs);
  for (int epoch = 1; epoch <= settings.epochs && train_epoch(settings, model, *optimizer, images.train, epoch);
       ++epoch) {
    const Score train = score(settings, model, images.train), validation = score(settings, model, images.validation);
    if (!std::isfinite(train.loss))
      throw std::runtime_error(fmt::format(
          "the loss is {} in epoch {}: try a smaller --rate, and look for NaN in the data", train.loss, epoch));
    log.epochs.push_back({train.loss, validation.loss, train.accuracy, validation.accuracy});
    best.look(model, epoch, validation);
    progress.show(epoch - 1, log.epochs.back());
  }
  progress.finish();
  best.put_back(model);
}

void fill_log(const Settings& settings, const gt::Module& model, const Images& images, const std::string& epochs,
              int kept, RunLog& log) {
  log.settings = {{"model", settings.model},
                  {"loss", settings.loss},
                  {"optimizer", settings.optimizer},
                  {"rate", fmt::format("{}", settings.used_rate())},
                  {"weight decay", fmt::format("{}", settings.weight_decay)},
                  {"epochs", epochs},
                  {"weights", kept ? fmt::format("of epoch {}", kept) : "of the start"},
                  {"batch", std::to_string(settings.batch)},
                  {"seed", std::to_string(settings.seed)},
                  {"data", settings.data.empty() ? "optdigits (embedded)" : settings.data},
                  {"images", fmt::format("{} training, {} validation, {} held-out", images.train.size(),
                                         images.validation.size(), images.test.size())},
                  {"gradtape", GRADTAPE_VERSION},
                  {"date", fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::time(nullptr)))}};
  log.command = settings.command;
  log.loss_unit = settings.loss == "mse" ? "" : " (nats)";
  log.best_epoch = kept;
  const gt::Device here = gt::Device::cpu();
  log.images = images.test.inputs.to(here);
  log.labels = images.test.labels.to(here);
  log.probabilities = gt::softmax(model(gt::flatten(images.test.inputs, 1)), 1).to(here);
  log.train_accuracy = score(settings, model, images.train).accuracy;
  log.test_accuracy = gt::accuracy(log.probabilities, log.labels);
  log.test_loss = score(settings, model, images.test).loss;
  const gt::Tensor first = model.parameters()[0].detach().to(here);  // [classes or hidden units, pixels]
  log.weights = gt::reshape(first, {first.size(0), images.rows, images.columns});
  log.weights_of_classes = settings.model == "softmax";
}

// Two that were misread, if there are any, and two others.
void show_examples(const RunLog& log) {
  const auto wrong = (gt::argmax(log.probabilities, 1) != log.labels).to_vector<std::uint8_t>();
  for (const bool misread : {false, true})
    for (std::size_t i = 0, shown = 0; i < wrong.size() && shown < 2; ++i)
      if ((wrong[i] != 0) == misread) show_example(log, static_cast<std::int64_t>(i)), ++shown;
}

std::set<std::string> names_in(const gt::NamedTensors& tensors) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) names.insert(name);
  return names;
}

// Throws when the file's names are those of the other model.
void require_same_model(const Settings& settings, const Images& images) {
  const auto held = names_in(gt::load_safetensors(settings.load));
  for (const auto& [kind, called] : {std::pair("softmax", "a softmax model"), std::pair("mlp", "an mlp")})
    if (settings.model != kind && held == names_in(make_model(kind, settings, images)->named_parameters()))
      throw std::runtime_error(fmt::format("{}: this file holds {}: use --model {}", settings.load, called, kind));
}

void load(const Settings& settings, const Images& images, gt::Module& model) {
  require_same_model(settings, images);
  gt::load(model, settings.load);
  for (const auto& [name, parameter] : model.named_parameters())
    if (!std::isfinite(gt::sum(gt::abs(parameter)).item()))
      throw std::runtime_error(fmt::format("{}: \"{}\" holds a number that is not finite", settings.load, name));
}

int run(const Settings& settings, bool epochs_given) {
  require_writable("--save", settings.save);
  require_writable("--report", settings.report);
  if (settings.threads > 0) gt::set_num_threads(settings.threads);
  const Images images = read_images(settings);
  const auto model = make_model(settings.model, settings, images);
  fmt::print("{} training, {} validation and {} held-out images of {}x{}; {} model of {} parameters\n",
             images.train.size(), images.validation.size(), images.test.size(), images.rows, images.columns,
             settings.model, model->parameter_count());
  if (!settings.load.empty()) load(settings, images, *model);
  RunLog log;
  Best best;
  best.look(*model, 0, score(settings, *model, images.validation));
  std::signal(SIGINT, interrupt);
  const bool trains = settings.load.empty() || epochs_given;
  if (trains) train(settings, *model, images, log, best);
  const bool cut = trains && log.epochs.size() < static_cast<std::size_t>(settings.epochs);
  const std::string epochs =
      cut ? fmt::format("{} of {}", log.epochs.size(), settings.epochs) : std::to_string(log.epochs.size());
  if (cut) fmt::print("interrupted after {} epochs: the results so far follow\n", epochs);
  fill_log(settings, *model, images, epochs, best.epoch, log);
  fmt::print("accuracy: train {:.2f} %, held-out {:.2f} %\n", 100 * log.train_accuracy, 100 * log.test_accuracy);
  if (!settings.save.empty()) {
    gt::save(*model, settings.save);
    fmt::print("weights of epoch {} (validation {:.2f} %): {}\n", best.epoch, 100 * best.score.accuracy, settings.save);
  }
  show_examples(log);
  if (!settings.report.empty()) {
    write_report(log, settings.report);
    fmt::print("\nreport: {}\n", settings.report);
  }
  return cut ? 130 : 0;  // as a shell says of a program that Ctrl-C has ended
}

// "no option --epoch: did you mean --epochs?", or nothing.
std::string suggestion(const CLI::App& app, int count, char** words) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  for (int i = 1; i < count; ++i) {
    const std::string given(words[i]);
    const std::string word = given.substr(0, given.find('=')),
                      name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    if (word[0] != '-' || std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (const std::string meant = nearest(name, names); !meant.empty())
      return fmt::format("no option {}: did you mean --{}?", word, meant);
  }
  return {};
}

}  // namespace

int main(int count, char** words) {
  Settings s;
  s.command = fmt::format("{}", fmt::join(words, words + count, " "));
  CLI::App app("Learns to read handwritten digits.");
  app.option_defaults()->always_capture_default();
  const CLI::Validator finite(
      [](const std::string& text) {
        double number = -1;
        return CLI::detail::lexical_cast(text, number) && std::isfinite(number) && number >= 0
                   ? std::string()
                   : text + " is no number of at least 0";
      },
      "NUMBER");
  const CLI::Validator natural(
      [](const std::string& text) {
        const bool digits =
            !text.empty() && text.size() < 20 && text.find_first_not_of("0123456789") == std::string::npos;
        return digits ? std::string() : text + " is no whole number from 0 to 9999999999999999999";
      },
      "NUMBER");
  app.add_option("--model", s.model, "what is trained")->check(CLI::IsMember({"softmax", "mlp"}));
  app.add_option("--loss", s.loss, "what is made small")->check(CLI::IsMember({"cross_entropy", "nll", "mse"}));
  app.add_option("--optimizer", s.optimizer, "how")
      ->check(CLI::IsMember({"sgd", "adam", "adamw", "rmsprop", "adagrad"}));
  app.add_option("--rate", s.rate, "learning rate; 0: 0.1 for sgd, 0.05 for adagrad, else 0.003")->check(finite);
  app.add_option("--weight-decay", s.weight_decay, "pull of the weights towards 0")->check(finite);
  const CLI::Option* epochs =
      app.add_option("--epochs", s.epochs, "passes over the training images")->check(CLI::Range(0, 1000000));
  app.add_option("--batch", s.batch, "images for each step")->check(CLI::Range(1, 1 << 30));
  app.add_option("--seed", s.seed, "of the splits, the order and the first weights")->check(natural);
  app.add_option("--threads", s.threads, "0: all of the machine; the results do not depend on it")
      ->check(CLI::Range(0, 1024));
  app.add_option("--device", s.device, "where")->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--data", s.data,
                 "a folder with IDX files, such as MNIST's; without it, 1797 digits that are built in");
  app.add_option("--save", s.save, "file for the weights of the epoch with the least validation loss (safetensors)");
  app.add_option("--load", s.load, "file to start from; without --epochs it is only evaluated");
  app.add_option("--report", s.report, "file for the report; '' for none");
  try {
    app.parse(count, words);
  } catch (const CLI::CallForHelp& help) { return app.exit(help); } catch (const CLI::ParseError& error) {
    const std::string known = dynamic_cast<const CLI::ExtrasError*>(&error) ? suggestion(app, count, words) : "";
    fmt::print(stderr, "digits: {} (--help shows the options)\n", known.empty() ? error.what() : known);
    return 2;
  }
  try {
    if (!s.save.empty() && s.save == s.report) throw std::runtime_error("--save and --report name one file: " + s.save);
    return run(s, epochs->count() > 0);
  } catch (const gt::Error& error) {
    fmt::print(stderr, "digits: {}\n", error.text());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "digits: {}\n", error.what());
    return 1;
  }
}
