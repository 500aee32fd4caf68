// What an op's header says, as text, for a compiler at run time (cuda/fused_kernel.cpp).
//
// gt_add_ops() hands it to `cuda_kernels<Op>(OpText)` of families whose header declares that, so that it reaches the
// op's row.
#pragma once

#include <span>

namespace gradtape {

struct HeaderText {
  const char* name;  // as includes say it
  const char* text;
};
struct OpText {
  const char* type;  // the struct's full name
  std::span<const HeaderText> headers;  // the op's, and those that it includes and no compiler at run time has anyway
  const char* header() const { return headers.front().name; }
};

}  // namespace gradtape
