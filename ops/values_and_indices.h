// What ops return that find elements and say where they stand.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct ValuesAndIndices {
  Tensor values, indices;  // int64: places along the dimension
};

}  // namespace gradtape
