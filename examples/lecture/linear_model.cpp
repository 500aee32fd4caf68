// The linear model: four ways to one optimum.
#include <algorithm>
#include <cmath>

#include "parts.h"
#include "slide.h"

Slide linear_model() {
  // [slide]
  // y = θ₁ x₁ + θ₂ x₂ + θ₃ + noise, fifty examples: x [50, 3], its last column 1.
  const gt::Tensor x = gt::stack({noise(0, 50), noise(50, 50) + 0.5, gt::ones({50}, {.dtype = gt::float64})}, 1);
  const gt::Tensor y = gt::matmul(x, gt::tensor({1.0, -2.0, 0.5})) + 0.5 * noise(100, 50);
  const auto loss = [&](const gt::Tensor& theta) { return gt::mse_loss(gt::matmul(x, theta), y); };
  const double least = loss(gt::least_squares(x, y)).item();

  const auto closed_form = [&](const std::vector<gt::Tensor>& theta) {
    return [&, at = theta[0]](const auto&) mutable {
      at.copy_(gt::least_squares(x, y));
      return false;  // nothing leads farther
    };
  };
  const Named<MakeStep> steps = {{"descent", down<gt::SGD>(gt::SGDOptions{.lr = 0.3})},
                                 {"random search", random_search},
                                 {"L-BFGS", lbfgs},
                                 {"least squares", closed_form}};
  Named<std::pair<Path, double>> ways;  // until the loss is that close to the least, with the seconds it took
  for (const auto& way : steps) {
    Path path;
    const double close = way.first == "random search" ? 1e-8 : 1e-13;
    const double time =
        seconds([&] { path = walk(way.second, loss, gt::tensor({0.0, 0.0, 0.0}), 5000, least + close); });
    ways.emplace_back(way.first, std::pair(path, time));
  }
  // [/slide]
  Slide slide{
      "The linear model", "f<sub>θ</sub>(x) = θ₁x₁ + θ₂x₂ + θ₃,&emsp;min<sub>θ</sub> 1/n Σ (f<sub>θ</sub>(x) − y)²",
      "One model, one loss, four optimizers, one optimum. Descent goes down the gradient. Random search tries a "
      "step and keeps it if it helps, longer ones after luck, shorter ones after none. L‑BFGS learns the "
      "curvature as it goes. And since this loss is a parabola, linear algebra has its lowest point at once."};
  Chart plane({.label = "θ₁"}, {.label = "θ₂"});
  Chart gap({.label = "step + 1", .log = true}, {.label = "loss − least", .log = true, .first = 1e-14});
  for (const auto& [name, way] : ways) {
    const auto& [path, time] = way;
    Numbers gaps = path.loss;
    for (double& value : gaps) value = std::max(value - least, 0.0);  // below is rounding
    const auto count = static_cast<int>(gaps.size());
    plane.path(name, path.x, path.y);
    gap.path(name, plot::even(1, count, count), gaps);
    slide.number("steps, " + name, count - 1).number("time (ms), " + name, std::round(1e5 * time) / 100);
    slide.number("θ₁, " + name, path.x.back()).number("θ₂, " + name, path.y.back());
    slide.number("loss − least, " + name, gaps.back());
  }
  slide.figure(plane.html(), "The ways over θ₁ and θ₂, from 0. θ₃ is not seen.");
  slide.figure(gap.html(), "How far the loss is above the least.");
  return slide.number("least loss", least);
}
