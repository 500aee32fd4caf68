// Polynomial features: under- and overfitting.
#include <numbers>

#include "slide.h"

Slide polynomials() {
  // [slide]
  // The truth, which is known here: x uniform in -1 … 1, y normal around sin(πx) with variance 0.3².
  const auto truth = [](const gt::Tensor& x) { return gt::sin(std::numbers::pi * x); };
  const auto places = [](int count) { return gt::linspace(-1, 1, count, {.dtype = gt::float64}); };
  const gt::Tensor x = places(20), y = truth(x) + 0.3 * noise(0, 20);
  const gt::Tensor other_x = places(200), other_y = truth(other_x) + 0.3 * noise(20, 200);

  const auto terms = [](auto& at, int degree) { return gt::PolynomialFeatures(degree)(gt::unsqueeze(at, 1)); };
  const auto fit = [&](int degree, double l2) {
    const gt::Tensor weights = gt::least_squares(terms(x, degree), y, {.l2 = l2});
    return [=](const gt::Tensor& at) { return gt::matmul(terms(at, degree), weights); };
  };
  struct Risks {
    double train, held_out, of_truth;
  };
  const auto risks = [&](int degree, double l2) {
    const auto f = fit(degree, l2);
    const auto apart = [&](const gt::Tensor& at) { return gt::square(f(at) - truth(at)); };
    return Risks{gt::mse_loss(f(x), y).item(), gt::mse_loss(f(other_x), other_y).item(),
                 0.3 * 0.3 + integral(apart, -1, 1) / 2};
  };
  // [/slide]
  Slide slide{"Polynomial features: under- and overfitting",
              "f<sub>θ</sub>(x) = Σ<sub>k ≤ d</sub> θ<sub>k</sub> x<sup>k</sup>,&emsp;R(θ) = E (f<sub>θ</sub>(x) − y)²",
              "A line is too stiff for a wave. Degree 12 bends to every point, noise included: it errs little on the "
              "twenty points, much on the truth, whose risk an integral gives here. Ridge, a price λ ‖θ‖², tames it."};
  Chart fits({.label = "x"}, {.label = "y", .first = -2, .last = 2});
  fits.scatter("data", numbers(x), numbers(y)).line("", numbers(other_x), numbers(truth(other_x)));
  const auto over = [&](plot::Axis axis, const Numbers& at, auto risks_at) {
    Numbers train, held_out, of_truth;
    for (double i : at) {
      const auto [a, b, c] = risks_at(i);
      train.push_back(a), held_out.push_back(b), of_truth.push_back(c);
    }
    Chart chart(std::move(axis), {.label = "mean square error", .first = 0, .last = 0.8});
    return chart.path("train", at, train).path("held-out", at, held_out).path("true", at, of_truth).html();
  };
  for (int degree : {1, 3, 12}) {
    const std::string of = "degree " + std::to_string(degree);
    const auto [train, held_out, of_truth] = risks(degree, 0);
    fits.line(of, numbers(other_x), numbers(fit(degree, 0)(other_x)));
    slide.number("train, " + of, train).number("held-out, " + of, held_out).number("true risk, " + of, of_truth);
  }
  slide.figure(fits.html(), "Twenty points and three fits; the line in ink is the truth.");
  const auto of_degree = [&](double degree) { return risks(int(degree), 0); };
  const auto of_ridge = [&](double l2) { return risks(12, l2); };
  slide.figure(over({.label = "degree"}, plot::even(0, 12, 13), of_degree),
               "Training error only falls; the true risk turns. Nobody gets below the noise, 0.09.");
  slide.figure(over({.label = "λ", .log = true}, plot::even_in_log(1e-8, 100, 21), of_ridge),
               "Degree 12 with ridge: too little, enough, too much.");
  return slide.number("true risk, degree 12 with λ = 0.01", risks(12, 0.01).of_truth);
}
