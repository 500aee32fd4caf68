// Elements copied: into a dense tensor, or into another type.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Copy {
  static constexpr auto name = "copy";
  DType from;

  static void backward(Backward& walk);
  static std::vector<Example> examples();
};

}  // namespace gradtape
