// Zero-one loss, mean square error and negative log-likelihood over one θ.
#include "slide.h"

Slide three_losses() {
  // [slide]
  // Thirty points around -1, of class 0, and thirty around 1, of class 1. Beyond θ it is class 1, the surer the
  // farther.
  const gt::Tensor x = gt::cat({noise(0, 30) - 1, noise(30, 30) + 1});
  const gt::Tensor y = (gt::arange(0, 60) >= 30).to(gt::float64);
  const auto logits = [&](const gt::Tensor& theta) { return 2 * (x - theta); };  // p(1 | x) = σ(2 (x - θ))

  const auto zero_one = [&](const gt::Tensor& theta) {
    return gt::zero_one_loss((logits(theta) > 0).to(gt::int64), y.to(gt::int64));
  };
  const auto square = [&](const gt::Tensor& theta) { return gt::mse_loss(gt::sigmoid(logits(theta)), y); };
  const auto nll = [&](const gt::Tensor& theta) { return gt::binary_cross_entropy_with_logits(logits(theta), y); };

  const gt::Tensor far = gt::tensor({6.0});  // where a search might begin
  const double flat = gradient(zero_one, far).item(), weak = gradient(square, far).item(),
               strong = gradient(nll, far).item();
  const auto best_square = gt::optimize::lbfgs(square, gt::tensor({0.5}));
  const auto best_nll = gt::optimize::lbfgs(nll, far);
  // [/slide]
  const Numbers at = plot::even(-6, 6, 241);
  const auto curve = [&](auto& loss, bool slope) {
    Numbers values;
    for (double theta : at) {
      const gt::Tensor place = gt::tensor({theta});
      values.push_back(slope ? gradient(loss, place).item() : loss(place).item());
    }
    return values;
  };
  Chart losses({.label = "θ"}, {.label = "loss", .first = 0, .last = 2}), slopes({.label = "θ"}, {.label = "slope"});
  losses.line("zero-one", at, curve(zero_one, false)).line("square", at, curve(square, false));
  losses.line("NLL (nats)", at, curve(nll, false)).mark(best_nll.x.item(), best_nll.value, "least NLL");
  slopes.line("zero-one", at, curve(zero_one, true)).line("square", at, curve(square, true));
  slopes.line("NLL (nats)", at, curve(nll, true));
  Slide slide{
      "Zero-one loss, square error, NLL", "1[ŷ ≠ y],&emsp;(p − y)²,&emsp;−log p(y | x)",
      "What counts is how often one errs. But that loss is a staircase: its slope is 0 wherever it has one, and "
      "a gradient method stands still. The square of p − y is smooth, yet far from the truth it flattens "
      "too: where p is sure and wrong, nothing pulls. The log-likelihood pulls the harder the more wrong it is, "
      "and has one valley: so one trains on NLL and counts errors afterwards."};
  slide.figure(losses.html(), "Three losses over the threshold θ: a staircase, a step that is smooth, a valley.");
  slide.figure(slopes.html(), "Their slopes: nothing; something near the valley; something everywhere.");
  slide.number("slope at θ = 6, zero-one", flat).number("slope at θ = 6, square", weak);
  slide.number("slope at θ = 6, NLL", strong).number("θ of the least square error", best_square.x.item());
  slide.number("θ of the least NLL", best_nll.x.item()).number("least NLL (nats)", best_nll.value);
  return slide.number("zero-one loss there", zero_one(best_nll.x).item());
}
