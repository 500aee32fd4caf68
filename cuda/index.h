// Elements picked by number along a dimension, and added to the places they came from.
#pragma once

#include <gradtape/autograd/dtype.h>
#include <gradtape/cuda/fault.h>

namespace gradtape::cuda {

// Dense arrays [outer, size, inner] and [outer, picked, inner]. The list holds an index for each part [picked], or for each element of
// [outer, picked, inner].
struct PickPass {
  Device device;
  IndexCheck check;
  DType type;
  void* to;
  const void* from;
  const std::int64_t* list;
  bool for_each_element;
  std::int64_t outer, picked, size, inner;
};

// to [outer, picked, inner] = the elements of from [outer, size, inner] that the list names; 0 for a bad index.
void launch_pick(const PickPass& pass);
// to [outer, size, inner] = the sums, in their order, of the elements of from [outer, picked, inner] at the places that the list names.
void launch_add(const PickPass& pass);

// to [count, classes]: 1 at each row's label, else 0.
void launch_one_hot(Device device, const IndexCheck& check, void* to, DType type, const std::int64_t* labels, std::int64_t count, std::int64_t classes);

}  // namespace gradtape::cuda
