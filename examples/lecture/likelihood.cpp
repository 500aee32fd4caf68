// Maximum likelihood: a sum of logs, not a product.
#include <cmath>

#include "slide.h"

Slide likelihood() {
  // [slide]
  const gt::Dataset seen = digits({1, 2, 3, 4}), others = digits({0});
  gt::SoftmaxRegression model(64, 10, {.dtype = gt::float64});

  // The likelihood of the labels under the model: factor by factor, and as a sum of logs.
  struct Likelihood {
    Numbers product;  // after each example
    double sum_of_logs = 0, zero_at = 0;
  };
  const auto likelihood = [&] {
    const gt::Tensor nll = gt::cross_entropy(model(seen.inputs), seen.labels, {.reduction = gt::Reduction::none});
    Likelihood of{.product = {1}};
    for (double l : numbers(nll)) {
      of.sum_of_logs -= l;
      of.product.push_back(of.product.back() * std::exp(-l));
      if (of.product.back() == 0 && of.zero_at == 0) of.zero_at = double(of.product.size() - 1);
    }
    return of;
  };
  const Likelihood start = likelihood();  // all classes alike: p = 1/10 for each

  // Most likely weights, with a little price on their squares.
  model.fit(seen.inputs, seen.labels, {.l2 = 0.001, .tolerance = 1e-8});
  const Likelihood trained = likelihood();

  // Examples it has not seen: from where the others came, and moved by one pixel to the side.
  const gt::Tensor pictures = gt::reshape(others.inputs, {360, 8, 8});
  const gt::Tensor moved = gt::cat({gt::zeros({360, 8, 1}, {.dtype = gt::float64}), gt::narrow(pictures, 2, 0, 7)}, 2);
  const double alike = model.score(others.inputs, others.labels),
               elsewhere = model.score(gt::flatten(moved, 1), others.labels);
  // [/slide]
  const Numbers count = plot::even(0, 1437, 1438);
  Chart products({.label = "examples"}, {.label = "product of p(label)", .log = true});
  products.line("untrained, p = 1/10", count, start.product).line("trained", count, trained.product);
  products.mark(start.zero_at - 1, start.product[std::size_t(start.zero_at) - 1], "then 0");
  Slide slide{
      "Maximum likelihood: a sum of logs",
      "max<sub>θ</sub> Π p<sub>θ</sub>(y<sub>i</sub> | x<sub>i</sub>)  ⇔  min<sub>θ</sub> −Σ log "
      "p<sub>θ</sub>(y<sub>i</sub> | x<sub>i</sub>)",
      "Independent examples multiply their probabilities. 1437 factors of a tenth are 10⁻¹⁴³⁷, but float64 ends near "
      "10⁻³²⁴: the product is 0, its logarithm −∞, the slope gone. The sum of logs is a plain −3309. The product "
      "stands on i.i.d.: each example drawn alone, from one distribution. Count examples twice and the "
      "likelihood is squared though nothing is new; move the pictures by a pixel and a model that was right no longer "
      "is."};
  slide.figure(products.html(), "The running product of p(label): it falls straight, and then off the edge.");
  slide.figure(plot::bars({{"as in training", 100 * alike}, {"one pixel to the right", 100 * elsewhere}}, 100, " %"),
               "Read right of 360 digits it has not seen: from the same distribution, and from another.");
  slide.number("examples until the product is 0, untrained", start.zero_at);
  slide.number("sum of logs, untrained (nats)", start.sum_of_logs);
  slide.number("sum of logs, trained (nats)", trained.sum_of_logs);
  return slide.number("accuracy, same distribution", alike).number("accuracy, moved by a pixel", elsewhere);
}
