#include <gradtape/autograd/shape.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {
namespace {

[[noreturn]] void too_many(std::size_t rank) {
  fail<ShapeError>({}, "shape", fmt::format("{} dimensions, but a tensor has at most {}", rank, max_rank));
}

}  // namespace

Dims::Dims(std::span<const std::int64_t> list) {
  if (list.size() > max_rank) too_many(list.size());
  for (auto number : list) at_[rank_++] = number;
}
Dims::Dims(std::span<const int> list) {
  if (list.size() > max_rank) too_many(list.size());
  for (auto number : list) at_[rank_++] = number;
}
void Dims::push_back(std::int64_t number) { insert(rank_, number); }
void Dims::insert(int dim, std::int64_t number) {
  if (rank_ == max_rank) too_many(max_rank + 1);
  for (int i = rank_++; i > dim; --i) at_[i] = at_[i - 1];
  at_[dim] = number;
}
void Dims::erase(int dim) {
  --rank_;
  for (int i = dim; i < rank_; ++i) at_[i] = at_[i + 1];
}

Shape joined(const Shape& a, const Shape& b) {
  Shape both = a;
  for (auto size : b) both.push_back(size);
  return both;
}

bool ends_in(const Shape& shape, const Shape& tail) {
  const int lead = shape.rank() - tail.rank();
  return lead >= 0 && std::equal(tail.begin(), tail.end(), shape.begin() + lead);
}

Strides dense_strides(const Shape& shape) {
  Strides strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step = product_of(step, shape[i]);
  }
  return strides;
}

bool are_dense(const Shape& shape, const Strides& strides) {
  if (count_of(shape) == 0) return true;
  const Strides dense = dense_strides(shape);
  for (int d = 0; d < shape.rank(); ++d)
    if (shape[d] != 1 && strides[d] != dense[d]) return false;
  return true;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", ")); }

}  // namespace gradtape
