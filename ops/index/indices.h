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
  bool distinct = false;  // no two elements go to one place
  // How many elements are on the other side.
  std::int64_t count() const { return product_of(product_of(outer, picked), inner); }
};
// The elements of dense tensors that the list names along a dimension; the sums of elements, in their order, at the
// places that it names. There is an index for each element where it has as many dimensions.
void pick(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to);
void add_picked(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to,
                bool distinct = false);

void pick_on_cuda(const Launch& work);
void add_picked_on_cuda(const Launch& work);

}  // namespace gradtape
