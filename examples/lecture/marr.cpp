// Marr's three levels: what is computed, how, and by which steps of a machine.
#include <algorithm>
#include <cmath>

#include "slide.h"

// [slide]
// The task: of all θ those that make the labels likeliest, with a little price on their squares.
static gt::Tensor task(const gt::SoftmaxRegression& model, const gt::Dataset& seen) {
  return gt::cross_entropy(model(seen.inputs), seen.labels) + 0.001 * gt::sum(gt::square(model.weight));
}

// An algorithm: down the gradient, with momentum. L-BFGS is another, for the same task.
static void descend(const gt::SoftmaxRegression& model, const gt::Dataset& seen, int steps) {
  gt::SGD optimizer(model.parameters(), {.lr = 0.5, .momentum = 0.9});
  for (int step = 0; step < steps; ++step) {
    gt::Tape tape;
    task(model, seen).backward();
    optimizer.step();
  }
}

// An implementation of the model: product by product, and exp kept from overflow. The library's packs are another.
static Numbers by_hand(const Numbers& weight, Numbers z, const Numbers& pixels) {  // z begins as the bias
  for (std::size_t k = 0; k < z.size(); ++k)
    for (std::size_t i = 0; i < pixels.size(); ++i) z[k] += weight[k * pixels.size() + i] * pixels[i];
  const double top = *std::max_element(z.begin(), z.end());
  double sum = 0;
  for (double& value : z) sum += value = std::exp(value - top);
  for (double& value : z) value /= sum;
  return z;
}
// [/slide]

Slide marr() {
  const gt::Dataset seen = digits({1, 2, 3, 4}), others = digits({0});
  gt::SoftmaxRegression slow(64, 10, {.dtype = gt::float64}), quick(64, 10, {.dtype = gt::float64});
  descend(slow, seen, 1500);
  gt::LBFGS(quick.parameters()).minimize([&] { return task(quick, seen); });
  const gt::Tensor image = gt::select(others.inputs, 0, 0);
  const Numbers hand = by_hand(numbers(quick.weight), numbers(quick.bias), numbers(image));
  const gt::Tensor p = quick.predict_proba(gt::unsqueeze(image, 0));
  const double loss = task(quick, seen).item();
  Slide slide{
      "Marr's three levels", "task: what, and why&emsp;algorithm: how&emsp;implementation: by what",
      "<b>The task</b> says what is computed and why: the θ that makes the labels likeliest. It names no step, and "
      "one can ask whether it is the right one.</p><p><b>The algorithm</b> says how: by descent, L‑BFGS, random "
      "search. They differ in steps and end at one optimum, since the task has one.</p><p><b>The implementation</b> "
      "says by what: loops over doubles, packs of eight, the threads of a GPU. It must give the same numbers, and "
      "decides whether that takes a second or a day. Each can be changed alone; below is a piece of code for each."};
  slide.figure(plot::image(numbers(image), 8) + plot::percentages(hand),
               "A held-out digit by the loops of the third level.");
  slide.number("the task's least loss", loss)
      .number("1500 steps of descent end above it by", task(slow, seen).item() - loss);
  slide.number("largest difference of p, loops and library", gt::amax(gt::abs(p - gt::tensor(hand, {1, 10}))).item());
  return slide.number("accuracy on held-out digits", quick.score(others.inputs, others.labels));
}
