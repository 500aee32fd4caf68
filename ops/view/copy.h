// Elements copied: into a dense tensor, into another type, onto another device.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Copy {
  static constexpr auto name = "copy";
  static constexpr bool takes_directions = true;
  DType from;
  Device device;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

}  // namespace gradtape
