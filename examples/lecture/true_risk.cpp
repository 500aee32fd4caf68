// Empirical and true risk.
#include <algorithm>
#include <cmath>

#include "slide.h"

Slide true_risk() {
  // [slide]
  // Five features, y = their sum + noise, all normal: a fit's true risk is 1 + ‖θ − (1, 1, 1, 1, 1)‖². 200 draws of n.
  const gt::TensorOptions exact{.dtype = gt::float64};
  gt::Generator generator(2);
  const auto draws = [&](std::int64_t n) {
    std::pair<Numbers, Numbers> of;  // empirical, true
    while (of.first.size() < 200) {
      const gt::Tensor x = gt::randn({n, 5}, generator, exact), y = gt::sum(x, {1}) + gt::randn({n}, generator, exact);
      const gt::Tensor theta = gt::least_squares(x, y);
      of.first.push_back(gt::mse_loss(gt::matmul(x, theta), y).item());
      of.second.push_back(1 + gt::sum(gt::square(theta - 1)).item());
    }
    return of;
  };
  // A classifier that errs on a share 0.16 of all, counted on n examples: how far off, 95 times of 100.
  const auto normal_band = [](double n) { return 1.96 * std::sqrt(0.16 * 0.84 / n); };
  const auto hoeffding_band = [](double n) { return std::sqrt(std::log(2 / 0.05) / (2 * n)); };
  // Early stopping: forty features of which the first alone matters, fifty examples, and descent.
  const gt::Tensor truth = gt::one_hot(gt::scalar<std::int64_t>(0), 40, {.dtype = gt::float64});
  const gt::Tensor x = gt::reshape(noise(0, 2000), {50, 40}), y = gt::matmul(x, truth) + noise(2000, 50);
  const auto risk = [&](const gt::Tensor& theta) { return gt::mse_loss(gt::matmul(x, theta), y); };
  Numbers train, fitted;
  for (gt::Tensor theta = gt::zeros_like(truth); train.size() <= 1000; theta = theta - 0.1 * gradient(risk, theta))
    train.push_back(risk(theta).item()), fitted.push_back(1 + gt::sum(gt::square(theta - truth)).item());
  // [/slide]
  Slide slide{"Empirical and true risk",
              "R = E ℓ,&emsp;R̂ = 1/n Σ ℓ<sub>i</sub>,&emsp;P(|R̂ − R| > ε) ≤ 2 e<sup>−2nε²</sup>",
              "The risk is a mean over all that could come; one sees n of them. Of a θ that was fitted to those the "
              "empirical risk is too low and the true one too high, by about d/n each. For a model fixed before, the "
              "count is right on average, and bands say how far off it is; Hoeffding's hold for any distribution."};
  const Numbers sizes = {8, 10, 14, 20, 30, 50, 100, 200, 400}, steps = plot::even(1, 1001, 1001);
  Spread seen, of_all, counted, normal, hoeffding;
  for (double n : sizes) {
    const auto [empirical, all] = draws(std::int64_t(n));
    const gt::Tensor errors = gt::rand({200, std::int64_t(n)}, generator, exact) < 0.16;
    seen.add(empirical), of_all.add(all), counted.add(numbers(gt::mean(errors.to(gt::float64), {1})));
    normal.add({0.16 + normal_band(n)}), hoeffding.add({0.16 + hoeffding_band(n)});
  }
  Chart gap({.label = "n", .log = true}, {.label = "risk", .first = 0, .last = 5});
  gap.spread("empirical", sizes, seen).spread("true", sizes, of_all);
  Chart bands({.label = "n", .log = true}, {.label = "share of errors"});
  bands.spread("counted", sizes, counted).line("normal", sizes, normal.mean).line("Hoeffding's", sizes, hoeffding.mean);
  const auto best = std::size_t(std::min_element(fitted.begin(), fitted.end()) - fitted.begin());
  Chart stop({.label = "step", .log = true}, {.label = "risk", .first = 0, .last = 4});
  stop.line("empirical", steps, train).line("true", steps, fitted).mark(steps[best], fitted[best], "stop here");
  slide.figure(gap.html(), "The gap over n: the mean of 200 draws, and where eight tenths of them lie.");
  slide.figure(bands.html(), "0.16 counted on n examples, 200 times; upper borders of 95 % bands. ±: n = 400.");
  slide.figure(stop.html(), "Descent that goes on fits the noise: the true risk has its least after a few steps.");
  slide.number("mean empirical risk at n = 20", seen.mean[3]).number("mean true risk at n = 20", of_all.mean[3]);
  slide.number("Hoeffding's band (±)", hoeffding_band(400)).number("normal band (±)", normal_band(400));
  slide.number("step to stop at", double(best)).number("true risk there", fitted[best]);
  return slide.number("true risk at step 1000", fitted.back()).number("empirical risk there", train.back());
}
