// A family of ops, and what gt_add_ops() makes of each op in it.
//
// The family's header includes this one and holds its struct, with the header's name as `name`. An op's header includes
// one such header: that is how the op says its family. Where ops are formulas, the build makes of each, in a file of
// its own, constants of two types that the struct tells:
//   `Kernels`       what the engine knows of the op, and its loops for the CPU, made by `kernels<Op>(cuda)`, which
//                   stands in <name>_loops.h beside the header;
//   `CudaKernels`   made by `cuda_kernels<Op>()` in <name>_kernels.h, for nvcc; null goes to kernels() without it.
// `examples_of(kernels)` beside the struct gives the calls that tests and benchmarks make of an op (ops/example.h),
// which cover the family's shapes: empty, one element, a lane more or less, broadcast, every dimension. Ops of which
// nothing is made have `examples()` of their own.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

struct Example;

// Loops and kernels of formulas are made for float32 and float64, in this order.
constexpr bool has_loops(DType type) { return type == DType::float32 || type == DType::float64; }
constexpr int loops_of_type(DType type) { return type == DType::float64; }

template <class Op, class Kernels>
struct MadeOf {
  static const Kernels kernels;
};

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"  // the linker finds it
#endif
template <class Op, class Family>
[[gnu::always_inline]] inline const auto& kernels_of() {
  return MadeOf<Op, typename Family::Kernels>::kernels;
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// An op as tests make it.
template <class Op> constexpr Op default_made{};

// An op's kernels for CUDA. Throws DeviceError when its library was built without.
template <class Row>
const auto& cuda_kernels_of(const Row& row) {
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
