// Where a mask is true, and what stands there. How many these are is known when they have been counted, so none of
// this can be inside a captured step (TapeError).
#pragma once

#include <vector>

#include <gradtape/autograd/launch.h>

namespace gradtape {

// The places of elements that are true, or numbers other than 0, in row-major order: int64 [count, dimensions].
Tensor nonzero(const Tensor& x, Location at = Location::current());
// The same as an index tensor [count] for each dimension, for x[…]; a number counts as a list.
std::vector<Tensor> nonzero_numpy(const Tensor& x, Location at = Location::current());
inline std::vector<Tensor> where(const Tensor& condition, Location at = Location::current()) {
  return nonzero_numpy(condition, at);
}

// The elements of x where the mask is true, [count], of both broadcast together.
Tensor masked_select(const Tensor& x, const Tensor& mask, Location at = Location::current());
// x with the first elements of `source`, one behind the other, where the mask is true, which broadcasts to x. Throws
// ShapeError where there are too few, DTypeError unless they have x's type.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source, Location at = Location::current());

// The numbers of the elements that are true, or not 0, as the op that asks: int64 [count].
Tensor true_places(const char* op, const Tensor& mask, Location at);

// Writes them, as many as the list takes; and of such numbers [count] the places [count, dimensions] in a shape, which
// is the settings.
void true_places_on_cuda(const Launch& work);
void coordinates_on_cuda(const Launch& work);

}  // namespace gradtape
