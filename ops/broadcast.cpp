#include <gradtape/ops/broadcast.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {

Shape broadcast_shape(const char* op, std::span<const Tensor* const> x, Location at) {
  Shape shape = x[0]->shape();
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i]->shape() == shape || x[i]->dim() == 0) [[likely]]
      continue;
    const Shape& other = x[i]->shape();
    if (shape.rank() == 0) {
      shape = other;
      continue;
    }
    while (shape.rank() < other.rank()) shape.insert(0, 1);
    const int lead = shape.rank() - other.rank();
    for (int d = 0; d < other.rank(); ++d) {
      if (shape[lead + d] == other[d] || other[d] == 1) continue;
      if (shape[lead + d] != 1)
        fail<ShapeError>(at, op, "the shapes do not broadcast", {{"left", *x[i - 1]}, {"right", *x[i]}},
                         "Sizes must be equal, or 1, counted from the last dimension.");
      shape[lead + d] = other[d];
    }
  }
  return shape;
}
Shape broadcast_shape(const char* op, const Tensor& a, const Tensor& b, Location at) {
  const Tensor* const both[] = {&a, &b};
  return broadcast_shape(op, both, at);
}

Device common_device(const char* op, std::span<const Tensor* const> x, Location at) {
  const Tensor* first = nullptr;
  for (const Tensor* t : x) {
    if (is_number(*t)) continue;
    if (!first) first = t;
    if (t->device() != first->device()) require_one_device(op, {{"left", *first}, {"right", *t}}, at);
  }
  return first ? first->device() : Device::cpu();
}

}  // namespace gradtape
