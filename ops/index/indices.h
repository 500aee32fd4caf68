// Index tensors, checked, what is picked by them, and what is brought to the places that they name. For index ops.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// As dense int64. Throws DTypeError unless integers, IndexError naming the first value outside 0 ≤ i < size, but for
// `ignored`; on a device the kernels check that. Messages call them by their `role`.
Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location at, std::int64_t ignored = 0,
                       const char* role = "indices");
// As dense int64, for pick() and combine(), which check them.
Tensor dense_indices(const char* op, const Tensor& indices, std::int64_t size, Location at);
// From an index along each dimension the number of the element in a tensor of these sizes: indices, which may count
// from the end, of one shape; int64 [count]. Throws as above.
Tensor flat_indices(const char* op, std::span<const Tensor> indices, const Shape& sizes, Location at);

// Dimensions as one: for kernels.
struct Flattening {
  int dims;
  std::int64_t sizes[max_rank];
};
Flattening flattening_of(const Shape& shape);

// A number as an element of x. Throws DTypeError for a fraction among integers.
Tensor element_of(const char* op, const Tensor& x, Number value, Location at);
// Throws DTypeError unless values have x's type, DeviceError unless all are on one device.
void require_values_like(const char* op, const Tensor& x, const Tensor& indices, const Tensor& values, Location at);

// How an index op's dense tensors lie: [outer, size, inner] where the indices point to, [outer, picked, inner] on the
// other side. There is an index for each part [picked], or for each element.
struct Picking {
  bool for_each_element;
  std::int64_t outer, picked, size, inner;
  // How many elements are on the other side.
  std::int64_t count() const { return product_of(product_of(outer, picked), inner); }
};

// What becomes of an element and one that comes to its place.
enum class Combine : std::uint8_t { put, add, multiply, largest, smallest };
template <class T> GT_FN T combined(Combine how, T there, T comes) {
  switch (how) {
    case Combine::put:
      return comes;
    case Combine::add:
      return static_cast<T>(there + comes);
    case Combine::multiply:
      return static_cast<T>(there * comes);
    case Combine::largest:
      return there != there || there >= comes ? there : comes;  // a NaN stays
    case Combine::smallest:
      return there != there || there <= comes ? there : comes;
  }
  __builtin_unreachable();
}
struct Combining : Picking {
  Combine how;
  bool one_number;  // comes to all places
  bool distinct;    // no two elements come to one place
};

// The elements of dense tensors that the list names along a dimension. There is an index for each element where it has
// as many dimensions. Throws IndexError naming the first index out of range; on a device its kernels report it.
void pick(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to);
// Writes the dense tensor `to`: what `begin` has there, 0 where it is undefined, combined with the elements whose
// indices name the place, in their order. It may be `to` itself. Where no two come to one place, a device need not sort
// them. Throws as pick() does.
void combine(const char* op, Combine how, int dim, const Tensor& list, const Tensor& begin, const Tensor& from,
             const Tensor& to, bool distinct = false);
// Which elements stay where all are put, of those for one place the last: bool, in the list's shape. The list has an
// index for each element, and the places are of the shape given.
Tensor is_last(const char* op, int dim, const Tensor& list, const Shape& shape);

void flatten_on_cuda(const Launch& work);
void pick_on_cuda(const Launch& work);
void combine_on_cuda(const Launch& work);

}  // namespace gradtape
