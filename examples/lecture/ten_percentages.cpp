// Ten percentages for a digit, and whether they can be believed.
#include "slide.h"

Slide ten_percentages() {
  // [slide]
  // Few digits are seen, with hardly a price on θ: such a model is too sure.
  const gt::Dataset seen = digits({1}), held = digits({2, 3}), others = digits({0, 4});
  gt::SoftmaxRegression model(64, 10, {.dtype = gt::float64});
  model.fit(seen.inputs, seen.labels, {.l2 = 2e-6, .tolerance = 1e-8});

  // One number more, the temperature, by NLL on digits that were held out; then p = softmax(logits / temperature).
  const double temperature = gt::calibrate_temperature(model(held.inputs), held.labels);
  const gt::Tensor before = model.predict_proba(others.inputs),
                   after = gt::softmax(model(others.inputs) / temperature, 1);
  const auto nll = [&](const gt::Tensor& p) { return gt::nll_loss(gt::log(p), others.labels).item(); };
  const double error_before = gt::expected_calibration_error(before, others.labels),
               error_after = gt::expected_calibration_error(after, others.labels);
  // [/slide]
  Slide slide{
      "Digits: ten percentages",
      "p<sub>T</sub>(y | x) = softmax(z / T)<sub>y</sub>,&emsp;min<sub>T</sub> −Σ log p<sub>T</sub>(y<sub>i</sub> | "
      "x<sub>i</sub>)",
      "The model says ten percentages for each picture. Can they be believed: is it right in 90 of 100 cases where it "
      "says 90 %? Trained on few examples it is too sure. One number, the temperature, found by NLL on "
      "held-out digits, makes all of them softer; what is read stays the same."};
  Chart diagram({.label = "said: p of the class read", .first = 0, .last = 1},
                {.label = "found: share read right", .first = 0, .last = 1});
  diagram.line("", {0, 1}, {0, 1});
  for (const auto& [name, p] : {std::pair("as trained", before), std::pair("at the temperature", after)}) {
    const gt::Reliability bins = gt::reliability(p, others.labels, 10);
    diagram.path(name, numbers(bins.confidence), numbers(bins.accuracy));
  }
  const Numbers hard = numbers(gt::topk(-gt::amax(after, {1}), 4).indices);  // the least sure
  const auto pictured = [&](const gt::Tensor& p) {
    std::vector<std::string> cards;
    for (double i : hard) {
      const auto place = static_cast<std::int64_t>(i);
      cards.push_back(plot::image(numbers(gt::select(others.inputs, 0, place)), 8) +
                      plot::percentages(numbers(gt::select(p, 0, place))));
    }
    return plot::cards(cards);
  };
  slide.figure(diagram.html(), "A reliability diagram: on the diagonal what is said is what is found.");
  slide.figure(plot::slider({{"at the temperature", pictured(after)}, {"as trained", pictured(before)}}),
               "Four that are hard.");
  slide.number("temperature", temperature)
      .number("NLL as trained (nats)", nll(before))
      .number("NLL at the temperature (nats)", nll(after));
  slide.number("calibration error as trained", error_before)
      .number("calibration error at the temperature", error_after);
  return slide.number("accuracy, both", gt::accuracy(before, others.labels));
}
