// The negative log-likelihood is a cross-entropy.
#include "slide.h"

Slide cross_entropy() {
  // [slide]
  // What is true, p, and what a model says, q = softmax(z), of three classes.
  const gt::Tensor p = gt::tensor({{0.7, 0.2, 0.1}}), z = gt::tensor({{1.0, 0.5, -0.5}});
  const auto entropy = [](const gt::Tensor& p) { return -gt::sum(p * gt::log(p)); };
  const auto divergence = [&](const gt::Tensor& p, const gt::Tensor& z) {  // KL(p ‖ q)
    return gt::sum(p * (gt::log(p) - gt::log_softmax(z, 1)));
  };
  const double soft = gt::cross_entropy(z, p).item(), parts = entropy(p).item() + divergence(p, z).item();

  // A label is a distribution with all on one class: its entropy is 0, and NLL, cross-entropy and KL are one.
  const gt::Tensor label = gt::tensor<std::int64_t>({0}), hard = gt::tensor({{1.0, 0.0, 0.0}});
  const double nll = gt::nll_loss(gt::log_softmax(z, 1), label).item(), with_hard = gt::cross_entropy(z, hard).item();

  // Labels drawn from p: their mean NLL estimates the cross-entropy.
  gt::Generator generator(1);
  const gt::Tensor u = gt::rand({10000}, generator, {.dtype = gt::float64});
  const gt::Tensor drawn = (u > 0.7).to(gt::int64) + (u > 0.9).to(gt::int64);
  const double of_draws = gt::nll_loss(gt::log_softmax(gt::expand(z, {10000, 3}), 1), drawn).item();
  // [/slide]
  Numbers scale = plot::even(0, 3, 61), h, kl, flat;
  for (double s : scale) {
    const gt::Tensor at = s * gt::log(p);
    h.push_back(gt::cross_entropy(at, p).item());
    kl.push_back(divergence(p, at).item());
    flat.push_back(entropy(p).item());
  }
  Chart family({.label = "s, in q = softmax(s log p)"}, {.label = "nats", .first = 0});
  family.line("H(p, q)", scale, h).line("KL(p ‖ q)", scale, kl).line("H(p)", scale, flat).mark(1, flat[0], "q = p");
  Chart binary({.label = "q, said of class 1"}, {.label = "H(p, q) (nats)", .first = 0, .last = 4});
  const gt::Tensor q = gt::linspace(0.01, 0.99, 99, {.dtype = gt::float64});
  for (double one : {1.0, 0.8, 0.5}) {
    const Numbers values = numbers(-one * gt::log(q) - (1 - one) * gt::log(1 - q));
    binary.line(one == 1 ? "hard label 1" : "soft label " + plot::number(one), numbers(q), values);
  }
  Slide slide{
      "NLL = cross-entropy", "H(p, q) = −Σ p log q = H(p) + KL(p ‖ q)",
      "The cross-entropy is how surprised one is on average who believes q while p is true. Of it, H(p) cannot be "
      "helped; KL is what the wrong belief costs, and is 0 only where q = p. With one label for each example p is "
      "all on that label, H(p) is 0 and the cross-entropy is −log q(label): the negative log-likelihood."};
  slide.figure(family.html(), "q from even to too sure: cross-entropy is entropy plus KL, and least at q = p.");
  slide.figure(binary.html(), "Two classes: a hard label wants q = 1, a soft label is content with its own value.");
  slide.number("H(p, q), soft labels (nats)", soft).number("H(p) + KL(p ‖ q) (nats)", parts);
  slide.number("H(p) (nats)", entropy(p).item()).number("KL(p ‖ q) (nats)", divergence(p, z).item());
  slide.number("NLL of label 0 (nats)", nll).number("H(p, q), hard label 0 (nats)", with_hard);
  return slide.number("mean NLL of 10000 labels drawn from p (nats)", of_draws);
}
