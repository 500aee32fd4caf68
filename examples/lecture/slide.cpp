#include "slide.h"

#include <algorithm>
#include <chrono>
#include <numbers>
#include <stdexcept>

Slide& Slide::number(std::string name, double value) {
  numbers.emplace_back(std::move(name), value);
  return *this;
}

double Slide::number(const std::string& name) const {
  const auto found = std::find_if(numbers.begin(), numbers.end(), [&](const auto& n) { return n.first == name; });
  if (found == numbers.end()) throw std::out_of_range("the slide \"" + title + "\" has no number \"" + name + "\"");
  return found->second;
}

Slide& Slide::figure(const std::string& picture, const std::string& caption) {
  figures += plot::figure(picture, caption);
  return *this;
}

gt::Tensor noise(std::int64_t first, std::int64_t count) {
  const gt::Tensor i = gt::arange(first, first + count).to(gt::float64) + 1;
  const auto uniform = [&](double angle) {  // the digits of a sine after the fourth
    const gt::Tensor sine = 43758.5453 * gt::sin(angle * i);
    return sine - gt::floor(sine);
  };
  return gt::sqrt(-2 * gt::log(uniform(12.9898))) * gt::cos(2 * std::numbers::pi * uniform(78.233));
}

gt::Tensor gradient(const std::function<gt::Tensor(const gt::Tensor&)>& f, const gt::Tensor& x) {
  return gt::value_and_grad([&](const std::vector<gt::Tensor>& at) { return f(at[0]); }, {x}).gradients[0];
}

double integral(const std::function<gt::Tensor(const gt::Tensor&)>& f, double first, double last) {
  const int pieces = 2000;
  const Numbers values = numbers(f(gt::linspace(first, last, pieces + 1, {.dtype = gt::float64})));
  double sum = values.front() + values.back();
  for (std::size_t i = 1; i + 1 < values.size(); ++i) sum += (i % 2 ? 4 : 2) * values[i];
  return sum * (last - first) / pieces / 3;
}

gt::Dataset digits(std::initializer_list<int> fifths) {
  const gt::Dataset all = gt::digits();
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < all.size(); ++i)
    if (std::find(fifths.begin(), fifths.end(), i % 5) != fifths.end()) places.push_back(i);
  const gt::Tensor chosen = gt::tensor(places, {static_cast<std::int64_t>(places.size())});
  return {gt::flatten(gt::index_select(all.inputs, 0, chosen).to(gt::float64), 1) / 16,
          gt::index_select(all.labels, 0, chosen)};
}

Numbers numbers(const gt::Tensor& x) { return x.to_vector<double>(); }

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
