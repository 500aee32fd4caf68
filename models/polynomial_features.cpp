#include <gradtape/models/polynomial_features.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>

namespace gradtape {
namespace {

// Calls block(feature, first) for each feature, where the products of the last degree from column `first` on are to be
// multiplied by the feature; begins[feature] is where products that start with the feature begin, and is updated.
template <class Block>
void next_degree(std::vector<std::int64_t>& begins, std::int64_t columns, bool interaction_only, Block block) {
  const auto features = static_cast<std::int64_t>(begins.size());
  std::int64_t first_of_next = 0;
  std::vector<std::int64_t> next;
  for (std::int64_t feature = 0; feature < features; ++feature) {
    const std::int64_t from = interaction_only ? feature + 1 : feature;
    const std::int64_t first = from < features ? begins[static_cast<std::size_t>(from)] : columns;
    next.push_back(first_of_next);
    block(feature, first);
    first_of_next += columns - first;
  }
  begins = std::move(next);
}

std::vector<std::int64_t> singles(std::int64_t features) {
  std::vector<std::int64_t> begins;
  for (std::int64_t i = 0; i < features; ++i) begins.push_back(i);
  return begins;
}

}  // namespace

PolynomialFeatures::PolynomialFeatures(int degree, PolynomialOptions options, Location at)
    : degree_(degree), options_(options) {
  if (degree < 0) fail<ValueError>(at, "PolynomialFeatures", fmt::format("degree {} is below 0", degree));
}

std::int64_t PolynomialFeatures::terms(std::int64_t features) const {
  std::int64_t total = options_.bias, columns = features;
  auto begins = singles(features);
  for (int degree = 1; degree <= degree_; ++degree) {
    total += columns;
    std::int64_t after = 0;
    next_degree(begins, columns, options_.interaction_only,
                [&](std::int64_t, std::int64_t first) { after += columns - first; });
    columns = after;
  }
  return total;
}

Tensor PolynomialFeatures::forward(const Tensor& x) const {
  if (x.dim() != 2)
    fail<ShapeError>({}, "PolynomialFeatures", "x is [batch, features]", {{"x", x}},
                     "Give one feature as unsqueeze(x, 1).");
  std::vector<Tensor> parts;
  if (options_.bias) parts.push_back(ones({x.shape()[0], 1}, {.dtype = x.dtype(), .device = x.device()}));
  Tensor products = x;
  auto begins = singles(x.shape()[1]);
  for (int degree = 1; degree <= degree_; ++degree) {
    parts.push_back(products);
    if (degree == degree_) break;
    std::vector<Tensor> next;
    const std::int64_t columns = products.shape()[1];
    next_degree(begins, columns, options_.interaction_only, [&](std::int64_t feature, std::int64_t first) {
      if (first < columns) next.push_back(narrow(x, 1, feature, 1) * narrow(products, 1, first, columns - first));
    });
    if (next.empty()) break;
    products = cat(next, 1);
  }
  return parts.empty() ? empty({x.shape()[0], 0}, {.dtype = x.dtype()}) : cat(parts, 1);
}

}  // namespace gradtape
