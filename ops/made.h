// The row of an op, which gt_add_ops() makes in a file of its own.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"  // the linker finds it
#endif
template <class RowOf> [[gnu::always_inline]] inline const auto& made_row() { return RowOf::row; }
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// An op's kernels for CUDA. Throws DeviceError when its library was built without.
template <class Row>
const auto& kernels_of(const Row& row) {
  if (!row.cuda) refuse_without_kernels(row.name);
  return *row.cuda;
}

// A piece of work of one of a family's kernels, which read the op's row; the op is its settings.
template <class Row>
void launch_row(const Kernel& kernel, const Row& row, const void* op, DType type, std::initializer_list<Given> writes,
                std::initializer_list<Given> reads) {
  launch({.kernel = &kernel,
          .name = row.name,
          .settings = op,
          .settings_bytes = row.attribute_bytes,
          .row = &row,
          .type = type},
         writes, reads);
}

}  // namespace gradtape
