// A tensor and what it is called: an input of a captured step, a parameter of a model, an entry of a file.
#pragma once

#include <string>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace gradtape
