// Any model with any loss, any optimizer, on any device.
#include <array>
#include <map>

#include "parts.h"
#include "slide.h"

Slide combinations() {
  // [slide]
  const gt::Dataset seen = digits({1, 2, 3, 4}), others = digits({0});
  // Why a combination makes no sense; empty where it does.
  const auto refusal = [](const auto& model, const auto& loss, const auto& optimizer, gt::Device device) {
    if (device != gt::Device::cpu() && !gt::cuda::is_available()) return "no CUDA device is here";
    if (model == "logistic") return "one logit tells two classes apart, and there are ten digits";
    if (loss == "zero-one" && optimizer != "random search") return "the zero-one loss has slope 0: nothing leads down";
    return "";
  };
  const auto train = [&](const auto& make_model, const auto& loss_of, const auto& make_step, gt::Device device) {
    const gt::Tensor x = seen.inputs.to(gt::float32).to(device), y = seen.labels.to(device);
    const auto model = make_model(device);
    const auto loss = [&] { return loss_of((*model)(x), y); };
    const auto step = make_step(model->parameters());
    const double time = seconds([&] {
      for (int i = 0; i < 200; ++i) step(loss);
    });
    const gt::Tensor logits = (*model)(others.inputs.to(gt::float32).to(device));
    return std::array{gt::accuracy(logits, others.labels.to(device)), loss().item(), time};
  };
  // [/slide]
  Slide slide{
      "Any model × loss × optimizer × device", "θ* = optimizer(θ ↦ loss(model<sub>θ</sub>(x), y))",
      "The four are apart: a model is a function of θ, a loss compares, an optimizer moves θ, a device does the "
      "sums. So each goes with each, two hundred steps here on all training digits, and what makes no sense says why."};
  std::vector<std::vector<std::string>> ran;
  std::map<std::string, int> refused;
  double total = 0, least = 1;
  Chart chart({.label = "time (ms)", .log = true}, {.label = "accuracy, held-out", .last = 1});
  for (const gt::Device device : {gt::Device::cpu(), gt::Device::cuda()})
    for (const auto& [model, make_model] : models())
      for (const auto& [loss, loss_of] : losses())
        for (const auto& [optimizer, make_step] : optimizers()) {
          if (const std::string why = refusal(model, loss, optimizer, device); !why.empty()) {
            ++refused[why], ++total;
            continue;
          }
          const auto [accuracy, loss_there, time] = train(make_model, loss_of, make_step, device);
          ran.push_back({model, loss, optimizer, to_string(device), plot::number(100 * accuracy, 3) + " %",
                         plot::number(loss_there, 3), plot::number(1e3 * time, 3)});
          if (optimizer != "random search") least = std::min(least, accuracy);
          chart.scatter(optimizer, {1e3 * time}, {accuracy});
        }
  std::vector<std::vector<std::string>> reasons;
  for (const auto& [why, count] : refused) reasons.push_back({why, std::to_string(count)});
  slide.figure(chart.html(), "Each combination that was run, by the time of its 200 steps.");
  slide.figure(plot::table({"refused, since", "how many"}, reasons), "Combinations that make no sense, or not here.");
  slide.figures += plot::table({"model", "loss", "optimizer", "device", "accuracy", "loss, train", "ms"}, ran);
  slide.number("combinations run", double(ran.size())).number("combinations refused", total);
  return slide.number("least accuracy by a gradient", least);
}
