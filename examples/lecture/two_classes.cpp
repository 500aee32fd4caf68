// Dog and cat: softmax of two is the sigmoid of the difference.
#include "parts.h"
#include "slide.h"

Slide two_classes() {
  // [slide]
  // Thirty cats and thirty dogs by one measure x, weight say, in units of its spread. Label 1 is a dog.
  const gt::Tensor x = gt::cat({noise(0, 30) - 1, noise(30, 30) + 1}), dog = gt::arange(0, 60) >= 30;

  // Two numbers for two classes, p = softmax(θ₁ x, θ₂ x), or one: p(dog) = σ(w x).
  const auto by_softmax = [&](const gt::Tensor& theta) {
    return gt::cross_entropy(gt::unsqueeze(x, 1) * theta, dog.to(gt::int64));
  };
  const auto by_sigmoid = [&](const gt::Tensor& w) {
    return gt::binary_cross_entropy_with_logits(w * x, dog.to(gt::float64));
  };
  const gt::Tensor start = gt::tensor({1.0, 2.0});
  const auto two = gt::optimize::lbfgs(by_softmax, start), one = gt::optimize::lbfgs(by_sigmoid, gt::tensor({0.0}));
  const gt::Tensor p_two = gt::select(gt::softmax(gt::unsqueeze(x, 1) * two.x, 1), 1, 1),
                   p_one = gt::sigmoid(one.x * x);
  const double apart = gt::amax(gt::abs(p_two - p_one)).item();

  // A price on the weights picks one point of the ridge: the one with θ₁ + θ₂ = 0.
  const auto decayed = [&](const gt::Tensor& theta) { return by_softmax(theta) + 0.02 * gt::sum(gt::square(theta)); };
  const auto picked = gt::optimize::lbfgs(decayed, start);
  // [/slide]
  const auto map = [&](auto& loss, const gt::Tensor& best) {
    const auto at = [&](double a, double b) { return loss(gt::tensor({a, b})).item(); };
    Chart chart({.label = "θ₁ (cat)", .first = -3, .last = 3}, {.label = "θ₂ (dog)", .first = -3, .last = 3});
    chart.contour(plot::grid({-3, 3}, {-3, 3}, 61, at), {0.35, 0.4, 0.5, 0.7, 1, 1.5, 2, 3});
    const Path path = walk(down<gt::SGD>(gt::SGDOptions{.lr = 0.5}), loss, start, 300);
    return chart.path("gradient descent", path.x, path.y).mark(numbers(best)[0], numbers(best)[1], "least").html();
  };
  Chart p({.label = "x"}, {.label = "p(dog | x)"});
  const gt::Tensor fine = gt::linspace(-4, 4, 81, {.dtype = gt::float64});
  p.line("sigmoid of the difference", numbers(fine), numbers(gt::sigmoid(one.x * fine)));
  p.scatter("softmax of two, at the animals", numbers(x), numbers(p_two));
  Slide slide{"Dog and cat: two classes", "e<sup>θ₂x</sup> / (e<sup>θ₁x</sup> + e<sup>θ₂x</sup>) = σ((θ₂ − θ₁) x)",
              "Softmax of two numbers knows only their difference. So all (θ₁, θ₂) on one diagonal are equally good, "
              "where descent ends depends on where it began, and one number does the same. Weight decay prefers the "
              "shortest θ of the diagonal: then there is one optimum again."};
  slide.figure(p.html(), "Trained both ways: the same p.");
  slide.figure(map(by_softmax, two.x), "Without decay: a valley of equal losses, straight and endless.");
  slide.figure(map(decayed, picked.x), "With 0.02 ‖θ‖² the valley has a bottom, at θ₁ = −θ₂.");
  slide.number("NLL, softmax of two (nats)", two.value).number("NLL, sigmoid of one (nats)", one.value);
  slide.number("w of the sigmoid", one.x.item()).number("largest difference of p", apart);
  slide.number("θ₁ + θ₂, kept from the start", gt::sum(two.x).item());
  return slide.number("θ₁ + θ₂ with decay", gt::sum(picked.x).item()).number("θ₂ with decay", numbers(picked.x)[1]);
}
