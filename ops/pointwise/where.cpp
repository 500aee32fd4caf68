#include <gradtape/ops/pointwise/where.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {
namespace {

// Made of numbers, as float64s on the device of the mask that chooses.
Tensor as_float64(const Tensor& numbers, const Tensor& mask) {
  if (is_number(numbers)) return full({}, value_of_number(numbers), {.dtype = float64, .device = mask.device()});
  return numbers.detach();
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& yes, const Tensor& no, Location at) {
  if (is_number(condition)) return value_of_number(condition) != 0 ? yes : no;
  const Tensor mask = as_mask(condition, at);
  if (!is_of_numbers(yes) || !is_of_numbers(no)) return pointwise(Where{}, at, mask, yes, no);
  Tensor chosen = pointwise(Where{}, at, mask, as_float64(yes, mask), as_float64(no, mask));
  chosen.tensor_data()->weak_type = 3;
  chosen.tensor_data()->in_packs = false;
  return chosen;
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value, Location at) {
  Call call(at);
  if (value.dim() != 0) fail<ShapeError>(at, "masked_fill", "the value is one number", {{"value", value}});
  return pointwise(Where{}, at, as_mask(mask, at), is_number(value) ? value : value.to(x.dtype(), at), x);
}

}  // namespace gradtape
