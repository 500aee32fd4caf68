// Any model with any loss, any optimizer, on any device. What there is to choose from stands in parts.cpp.
#include <algorithm>
#include <array>
#include <map>

#include "parts.h"
#include "slide.h"

Slide combinations() {
  // [slide]
  const gt::Dataset seen = digits({1, 2, 3, 4}), others = digits({0});
  // Why a combination makes no sense; empty where it does.
  const auto refusal = [](const auto& model, const auto& loss, const auto& optimizer, gt::Device device) {
    if (model == "logistic") return "one logit tells two classes apart, and there are ten digits";
    if (loss == "zero-one" && optimizer != "random search") return "the zero-one loss has slope 0: nothing leads down";
    if (device != gt::Device::cpu() && !gt::cuda::is_available()) return "there is no CUDA here";
    return "";
  };
  const auto train = [&](const auto& make_model, const auto& loss_of, const auto& make_step, gt::Device device) {
    const gt::Dataset train = on(device, seen), test = on(device, others);
    const auto model = make_model(device);
    const auto loss = [&] { return loss_of((*model)(train.inputs), train.labels); };
    const double time = seconds([&] { repeat(make_step(model->parameters()), loss, 200); });
    return std::array{gt::accuracy((*model)(test.inputs), test.labels), loss().item(), time};
  };
  // [/slide]
  Slide slide{
      "Any model × loss × optimizer × device", "θ* = optimizer(θ ↦ loss(model<sub>θ</sub>(x), y))",
      "The four are apart: a model is a function of θ, a loss compares, an optimizer moves θ, a device computes. "
      "So each goes with each, for 200 steps or until it has arrived; and what makes no sense says why."};
  std::map<std::string, std::vector<std::vector<std::string>>> tables;  // of each model and loss
  std::map<std::string, int> refused;
  double run = 0, total = 0, least = 1, apart = 0, on_cpu = 0;
  Chart chart({.label = "time (ms)", .log = true}, {.label = "accuracy, held-out", .last = 1});
  for (const auto& [model, make_model] : models())
    for (const auto& [loss, loss_of] : losses())
      for (const auto& [optimizer, make_step] : optimizers())
        for (const gt::Device device : {gt::Device::cpu(), gt::Device::cuda()}) {
          if (const std::string why = refusal(model, loss, optimizer, device); !why.empty()) {
            ++refused[why], ++total;
            continue;
          }
          const auto [accuracy, loss_there, time] = train(make_model, loss_of, make_step, device);
          tables[model + ", " + loss].push_back({device == gt::Device::cpu() ? optimizer : "on CUDA",
                                                 plot::fixed(100 * accuracy, 1) + " %", plot::fixed(loss_there, 4),
                                                 plot::fixed(1e3 * time, 1)});
          chart.scatter(optimizer, {1e3 * time}, {accuracy});
          if (optimizer != "random search") least = std::min(least, accuracy);
          if (device == gt::Device::cpu()) on_cpu = loss_there;
          apart = std::max({apart, loss_there - on_cpu, on_cpu - loss_there}), ++run;
        }
  std::vector<std::vector<std::string>> reasons;
  for (const auto& [why, count] : refused) reasons.push_back({why, std::to_string(count)});
  slide.figure(chart.html(), "Each combination that was run: time, and digits read right that it was not trained on.");
  for (const auto& [name, rows] : tables) slide.figure(plot::table({name, "accuracy", "loss", "ms"}, rows), "");
  slide.figure(plot::table({"refused, since", "how many"}, reasons), "Combinations that make no sense, or not here.");
  slide.number("combinations run", run).number("combinations refused", total);
  slide.number("least accuracy by a gradient", least);
  return gt::cuda::is_available() ? slide.number("losses on CPU and CUDA differ at most by", apart) : slide;
}
