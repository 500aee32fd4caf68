// The loss over two θ, and the ways that lead down.
#include "parts.h"
#include "slide.h"

Slide loss_landscape() {
  // [slide]
  // Forty points x [40, 2], whose columns are alike, and y = 1.5 x₁ - 0.5 x₂ + noise.
  const gt::Tensor x1 = noise(0, 40), x2 = 0.8 * x1 + 0.6 * noise(40, 40), x = gt::stack({x1, x2}, 1);
  const gt::Tensor y = 1.5 * x1 - 0.5 * x2 + 0.3 * noise(80, 40);
  const auto loss = [&](const gt::Tensor& theta) { return gt::mse_loss(gt::matmul(x, theta), y); };

  const auto newton = [&](const std::vector<gt::Tensor>& theta) {
    return [&, at = theta[0]](const auto&) mutable {  // H · step = gradient
      at.add_(gt::least_squares(gt::hessian(loss, at), gradient(loss, at)), -1);
      return true;
    };
  };
  const Named<MakeStep> steps = {{"rate 0.66", down<gt::SGD>(gt::SGDOptions{.lr = 0.66})},
                                 {"rate 0.4", down<gt::SGD>(gt::SGDOptions{.lr = 0.4})},
                                 {"rate 0.03", down<gt::SGD>(gt::SGDOptions{.lr = 0.03})},
                                 {"momentum", down<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.8})},
                                 {"Adam", down<gt::Adam>(gt::AdamOptions{.lr = 0.3})},
                                 {"Newton", newton},
                                 {"random search", random_search}};
  Named<Path> paths;  // forty steps from one place
  for (const auto& [name, step] : steps) paths.emplace_back(name, walk(step, loss, gt::tensor({-1.5, 2.0}), 40));
  // [/slide]
  const auto at = [&](double a, double b) { return loss(gt::tensor({a, b})).item(); };
  Chart chart({.label = "θ₁", .first = -3, .last = 4}, {.label = "θ₂", .first = -3, .last = 3.5});
  chart.contour(plot::grid({-3, 4}, {-3, 3.5}, 61, at), {0.3, 1, 2, 4, 8, 16, 24});
  for (int count : {0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40}) {
    chart.frame("step " + std::to_string(count));
    for (const auto& [name, path] : paths) chart.path(name, path.first(count).x, path.first(count).y);
  }
  Slide slide{
      "The loss landscape and the ways down", "f(θ) = 1/n Σ (xᵀθ − y)²,&emsp;θ ← θ − η ∇f(θ)",
      "Two numbers θ, one loss: a valley, longer than wide. Descent with a small rate creeps, with a good one it "
      "zigzags down; beyond 2 / (largest curvature) each step ends higher on the other side. Momentum cuts the "
      "corners, Adam goes by the size of each coordinate's gradients, Newton asks the curvature and is there in "
      "one step; random search knows no gradient and comes near all the same."};
  Chart losses({.label = "step"}, {.label = "loss", .log = true, .last = 100});
  for (const auto& [name, path] : paths) {
    losses.line(name, plot::even(0, 40, 41), path.loss);
    slide.number("loss after 40 steps, " + name, path.loss.back());
  }
  slide.figure(chart.html(), "Forty steps from one place; the numbers on the lines are the loss. Move the slider.");
  return slide.figure(losses.html(), "The same forty steps, by loss.");
}
