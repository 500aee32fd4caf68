// Logistic regression on digits: is it an eight?
#include <cmath>

#include "parts.h"
#include "slide.h"

Slide logistic_digits() {
  // [slide]
  const gt::Dataset seen = digits({1, 2, 3, 4}), others = digits({0});
  const gt::Tensor is_eight = (seen.labels == 8).to(gt::float64);

  // f(x) = xᵀθ + b: above 0 it is an eight. The price on θ is scikit-learn's at C = 1: 1 / (C · examples).
  const double l2 = 1.0 / 1437;
  gt::LogisticRegression model(64, {.dtype = gt::float64});
  const gt::Convergence end = model.fit(seen.inputs, is_eight, {.l2 = l2, .tolerance = 1e-8});

  // The same loss by hand, and how far above its least two optimizers are after each of sixty steps.
  const auto gaps = [&](const MakeStep& make_step) {
    const gt::LogisticRegression from_zero(64, {.dtype = gt::float64});
    const auto loss = [&] {
      return gt::binary_cross_entropy_with_logits(from_zero(seen.inputs), is_eight) +
             l2 / 2 * gt::sum(gt::square(from_zero.weight));
    };
    const Step step = make_step(from_zero.parameters());
    Numbers gap = {loss().item() - end.value};
    for (bool goes_on = true; goes_on && gap.size() <= 60; gap.push_back(loss().item() - end.value))
      goes_on = step(loss);
    return gap;
  };
  const Numbers by_lbfgs = gaps(lbfgs), by_descent = gaps(down<gt::SGD>(gt::SGDOptions{.lr = 0.5, .momentum = 0.9}));
  const gt::Tensor read = (model(others.inputs) > 0).to(gt::int64), truth = (others.labels == 8).to(gt::int64);
  // [/slide]
  Slide slide{"Logistic regression on digits", "p(8 | x) = σ(xᵀθ + b),&emsp;min −1/n Σ log p + ‖θ‖² / 2Cn",
              "One weight for each pixel: is it an eight? The loss is convex, so there is one optimum, and whoever is "
              "careful finds the same: here to the last digits that scikit-learn has. L‑BFGS gets there in some "
              "tens of steps; descent with momentum is still on its way."};
  const Numbers step = plot::even(0, 60, 61);
  Chart gap({.label = "step"}, {.label = "loss − least", .log = true, .first = 1e-9});
  gap.line("L-BFGS", step, by_lbfgs).line("descent with momentum", step, by_descent);
  const double most = gt::amax(gt::abs(model.weight)).item();
  std::vector<std::string> misread;
  for (std::int64_t i = 0; i < 360; ++i)
    if (gt::select(read != truth, 0, i).item<int>() && misread.size() < 6)
      misread.push_back(plot::image(numbers(gt::select(others.inputs, 0, i)), 8) +
                        "p = " + plot::number(model.predict_proba(gt::narrow(others.inputs, 0, i, 1)).item(), 2));
  slide.figure(gap.html(), "How far above the optimum.");
  slide.figure(plot::signed_image(numbers(model.weight / most), 8), "θ: orange speaks for an eight, blue against it.");
  slide.figure(plot::cards(misread), "Held-out digits on the wrong side, with p(8 | x).");
  slide.number("loss at the optimum", end.value).number("gradient's norm there", end.gradient_norm);
  slide.number("steps of L-BFGS", end.iterations)
      .number("θ's norm", std::sqrt(gt::sum(gt::square(model.weight)).item()));
  slide.number("bias", model.bias.item());
  slide.weights = numbers(model.weight);
  return slide.number("errors of 360", gt::sum((read != truth).to(gt::int64)).item());
}
