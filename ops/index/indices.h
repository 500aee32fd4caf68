// Index tensors, checked, and what is picked by them. For index ops.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

// As dense int64. Throws DTypeError unless integers, IndexError naming the first value outside 0 ≤ i < size, but for
// `ignored`; on a device the kernels check that. Messages call them by their `role`.
Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location at, std::int64_t ignored = 0,
                       const char* role = "indices");

// How an index op's dense tensors lie: [outer, size, inner] where the indices point to, [outer, picked, inner] on the
// other side. There is an index for each part [picked], or for each element.
struct Picking {
  bool for_each_element;
  std::int64_t outer, picked, size, inner;
  // How many elements are on the other side.
  std::int64_t count() const { return product_of(product_of(outer, picked), inner); }
};
// The elements that the list names; the sums of elements, in their order, at the places that it names.
void pick(const char* op, const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to);
void add_picked(const char* op, const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to);

void pick_on_cuda(const Launch& work);
void add_picked_on_cuda(const Launch& work);

// A dense tensor's [outer, size, inner] around a dimension.
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, int dim) {
    for (int d = 0; d < shape.rank(); ++d) {
      std::int64_t& part = d < dim ? outer : d == dim ? size : inner;
      part = product_of(part, shape[d]);
    }
  }
};

}  // namespace gradtape
