#include <gradtape/ops/promotion.h>

#include <optional>

#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

int level_of(DType type) {
  switch (facts_of(type).kind) {
    case NumberKind::boolean:
      return 0;
    case NumberKind::integer:
      return 1;
    case NumberKind::floating:
      return 2;
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
  gather(number.tensor_data()->data, number.dtype(), Layout(*number.tensor_data()), 0, 1, &value, DType::float64);
  return value;
}

DType promoted_type(std::span<const Tensor* const> x) {
  const DType first = x[0]->dtype();
  bool same = !x[0]->tensor_data()->weak_type;
  for (const Tensor* t : x) same &= t->dtype() == first && !t->tensor_data()->weak_type;
  if (same) [[likely]]
    return first;
  std::optional<DType> with_dims, without, numbers;
  for (const Tensor* t : x) {
    const TensorData* tensor = t->tensor_data();
    std::optional<DType>& tier = tensor->weak_type ? numbers : tensor->shape.rank() ? with_dims : without;
    tier = tier ? promote(*tier, tensor->dtype) : tensor->dtype;
  }
  // A number met by tensors only raises their kind; numbers among themselves stay float64.
  if (numbers == DType::float64 && (with_dims || without)) numbers = DType::float32;
  std::optional<DType> tensors;
  if (with_dims || without) tensors = join(with_dims, without);
  return join(tensors, numbers);
}

}  // namespace gradtape
