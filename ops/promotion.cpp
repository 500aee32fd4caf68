#include <gradtape/ops/promotion.h>

#include <optional>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

DType join(std::optional<DType> high, std::optional<DType> low) {
  if (!high) return *low;
  return low && !can_cast(*low, *high) ? *low : *high;
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
    tier = tier ? promote_types(*tier, tensor->dtype) : tensor->dtype;
  }
  // A number met by tensors only raises their kind; numbers among themselves stay float64.
  if (numbers == DType::float64 && (with_dims || without)) numbers = DType::float32;
  std::optional<DType> tensors;
  if (with_dims || without) tensors = join(with_dims, without);
  return join(tensors, numbers);
}

DType result_type(const Operand& a, const Operand& b) {
  for (const Operand* x : {&a, &b})
    if (!x->tensor.defined()) fail<ValueError>(x->at, "result_type", "a tensor is undefined");
  const Tensor* both[] = {&a.tensor, &b.tensor};
  return promoted_type(both);
}

}  // namespace gradtape
