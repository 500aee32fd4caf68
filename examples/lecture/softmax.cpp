// Softmax: numbers made positive, and made to sum to one.
#include "slide.h"

Slide softmax() {
  // [slide]
  // Ways to be positive; divided by their sum, they sum to one.
  const std::vector<std::pair<std::string, gt::Tensor (*)(const gt::Tensor&)>> ways = {
      {"z²", [](const gt::Tensor& z) { return gt::square(z); }},
      {"|z|", [](const gt::Tensor& z) { return gt::abs(z); }},
      {"relu z", [](const gt::Tensor& z) { return gt::relu(z); }},
      {"exp z", [](const gt::Tensor& z) { return gt::exp(z); }}};
  const auto shares = [](auto way, const gt::Tensor& z) { return way(z) / gt::sum(way(z), {-1}, true); };

  // Three clouds of thirty points in the plane, and the model that parts them.
  const gt::Tensor labels = gt::floor(gt::arange(0, 90) / 30).to(gt::int64);
  const gt::Tensor centres = gt::tensor({{0.0, 1.5}, {-1.5, -1.0}, {1.5, -1.0}});
  const gt::Tensor x = gt::index_select(centres, 0, labels) + 0.7 * gt::stack({noise(0, 90), noise(90, 90)}, 1);
  gt::SoftmaxRegression model(2, 3, {.dtype = gt::float64});
  model.fit(x, labels, {.l2 = 0.02, .tolerance = 1e-8});
  // [/slide]
  Chart positive({.label = "z"}, {.label = "g(z)", .last = 4}),
      normal({.label = "z"}, {.label = "g(z) / (g(z) + g(1))"});
  Slide slide{
      "Softmax: positive, and of sum one", "p(y | x) = exp θ<sub>y</sub>ᵀx / Σ<sub>k</sub> exp θ<sub>k</sub>ᵀx",
      "A model's numbers run from −∞ to ∞; probabilities are positive and sum to one. Squares and absolute values "
      "give a class that is spoken against as much as one that is spoken for; max(0, z) gives 0, whose logarithm is "
      "−∞. "
      "exp grows with z, is never 0, and only differences count; its logarithm is z again, so the NLL is convex."};
  const gt::Tensor line = gt::linspace(-3, 3, 121, {.dtype = gt::float64});
  for (const auto& [name, way] : ways) {
    const gt::Tensor one = way(gt::tensor({1.0}));
    positive.line(name, numbers(line), numbers(way(line)));
    normal.line(name, numbers(line), numbers(way(line) / (way(line) + one)));
    slide.number("share of −1 among −1, 0, 2, with " + name, numbers(shares(way, gt::tensor({-1.0, 0.0, 2.0})))[0]);
    slide.number("once all are raised by 1, with " + name, numbers(shares(way, gt::tensor({0.0, 1.0, 3.0})))[0]);
  }
  Chart sure({.label = "x"}, {.label = "p(y | x)", .first = 0, .last = 1});
  const gt::Tensor theta = gt::tensor({-1.0, 0.0, 1.0}), offset = gt::tensor({-0.5, 0.5, 0.0});
  for (double scale : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0}) {
    sure.frame("θ × " + plot::number(scale));
    const gt::Tensor p = gt::softmax(scale * (gt::unsqueeze(line, 1) * theta + offset), 1);
    for (int k : {0, 1, 2}) sure.line("class " + std::to_string(k), numbers(line), numbers(gt::select(p, 1, k)));
  }
  Chart regions({.label = "x₁", .first = -4, .last = 4}, {.label = "x₂", .first = -3.5, .last = 3.5});
  const std::vector<std::string> classes = {"class 0", "class 1", "class 2"};
  regions.regions(classes, plot::grid({-4, 4}, {-3.5, 3.5}, 161,
                                      [&](double a, double b) { return model.predict(gt::tensor({{a, b}})).item(); }));
  for (int k : {0, 1, 2}) {
    const gt::Tensor cloud = gt::narrow(x, 0, 30 * k, 30);
    regions.scatter(classes[std::size_t(k)], numbers(gt::select(cloud, 1, 0)), numbers(gt::select(cloud, 1, 1)));
  }
  slide.figure(positive.html(), "Four ways to be positive.")
      .figure(normal.html(), "And to share with a second class, whose z is 1.");
  slide.figure(sure.html(), "Three classes over x: as θ grows, soft becomes hard. Move the slider.");
  slide.figure(regions.html(), "In the plane: where each class is the likeliest. The borders are straight.");
  return slide.number("accuracy on the clouds", model.score(x, labels))
      .number("NLL on the clouds (nats)", gt::cross_entropy(model(x), labels).item());
}
