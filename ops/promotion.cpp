#include <gradtape/ops/promotion.h>

#include <optional>

#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

int level_of(DType type) {
  switch (facts_of(type).kind) {
    case NumberKind::boolean: return 0;
    case NumberKind::integer: return 1;
    case NumberKind::floating: return 2;
  }
  __builtin_unreachable();
}

DType join(std::optional<DType> high, std::optional<DType> low) {
  if (!high) return *low;
  return low && level_of(*low) > level_of(*high) ? *low : *high;
}

}  // namespace

double value_of_number(const Tensor& number) {
  double value;
  gather(number.body()->data, number.dtype(), Layout(*number.body()), 0, 1, &value, DType::float64);
  return value;
}

DType promoted_type(std::span<const Tensor* const> x) {
  const DType first = x[0]->dtype();
  bool same = !x[0]->body()->weak;
  for (const Tensor* t : x) same &= t->dtype() == first && !t->body()->weak;
  if (same) [[likely]] return first;
  std::optional<DType> with_dims, without, numbers;
  for (const Tensor* t : x) {
    const Body* body = t->body();
    std::optional<DType>& tier = body->weak ? numbers : body->shape.rank() ? with_dims : without;
    tier = tier ? promote(*tier, body->dtype) : body->dtype;
  }
  // A number met by tensors only raises their kind; numbers among themselves stay float64.
  if (numbers == DType::float64 && (with_dims || without)) numbers = DType::float32;
  std::optional<DType> tensors;
  if (with_dims || without) tensors = join(with_dims, without);
  return join(tensors, numbers);
}

}  // namespace gradtape
