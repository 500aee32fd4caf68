// Scans: a struct says how two neighbouring parts of a row become one; each element becomes all up to it.
//
// The struct holds `name`, `samples` and `join(before, after)`, of the states of two parts that of both: associative,
// not always commutative. And where they are more than the number itself:
//   `start(x)`        the state of one element, a number or a struct of numbers of x's type; start(a, b) scans two
//                     tensors at once;
//   `finish(state)`   the result;
//   `slopes(x, before, y)`   where each result y is made of the result before it and x: its slopes by these two, with
//                     `nothing`, the number that stands before the first. x is of the first input; a second one is
//                     added to the rest. Or
//   `gradient(Backward& ctx, Along along)`, in tensor ops, with `keeps`, bits of what it reads by ctx.kept(i): bit i
//                     for input i, the next one for the output. Gradients may have one more leading dimension, for
//                     many directions at once: dimensions count from the last.
// `integers = true` gives int64 of integers; else they are taken as floats. `sums = true` says that states are numbers
// that are added: of float64 they are kept with what rounding loses. `places = true`: start(x, place) is told where x
// stands, and the result is a place, as int64.
//
// Note: the shape of a scan. Numbers are scanned as doubles. Elements are joined one by one in runs of 16, runs in
// groups of 16, groups in tiles of 16, and tiles one after the other: the same bits on every device, by every
// instruction set and any number of threads.
#pragma once

#include <gradtape/autograd/backward.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// The dimension that a scan goes along, and from which end.
struct Along {
  int dim = -1;
  bool reverse = false;

  Along back() const { return {dim, !reverse}; }
};

// [outer, columns, inner] arrays, of which some are scanned.
struct Scanned {
  void* out;  // null: only the total is asked for
  const void* in[2];
  std::int64_t outer, columns, inner;
  std::int64_t width;        // so many of the inner ones
  std::int64_t first, last;  // where inner is 1: the steps to take, whole tiles but for the last one
  const void* before;        // the state of all tiles before; null for none
  void* total;               // where the state of a tile goes; null for nowhere
  bool reverse;
};
using ScanFn = void (*)(const void* op, const Scanned& scan);

// A pass over the slopes of [outer, columns, inner] results, as one array: from `first` on, up to `last`.
struct SlopePass {
  const void *x, *y;
  const void* carried;  // to each result: what is written is the gradient of x; or null: each one's slope of the next
  void* out;
  std::int64_t outer, columns, inner;
  std::int64_t first, last;
  bool reverse;
};
using SlopeFn = void (*)(const void* op, const SlopePass& pass);
inline constexpr std::size_t scan_state_bytes = 64;

struct ScanLoops {
  ScanFn scan[3];  // baseline, AVX2, AVX-512
  void (*join)(const void* op, std::byte* states, std::int64_t count);  // each with all before it
};

using ScanLaunchFn = void (*)(const void* op, Device device, const Scanned& scan);
using SlopeLaunchFn = void (*)(const void* op, Device device, const SlopePass& pass);
struct ScanCuda {
  ScanLaunchFn launches[3];  // as the loops
  SlopeLaunchFn slopes[2];
};

struct ScanKernels : OpInfo {
  std::uint8_t attribute_bytes;
  std::uint8_t inputs;
  bool differentiable, integers, places;
  unsigned keeps;
  ScanLoops loops[3];  // float32, float64, int64
  const ScanCuda* cuda;  // null in a build without CUDA
  SlopeFn slope_loops[2][3];  // float32, float64, for each instruction set
  Slopes<Tensor, 2> (*slopes)(const void* op, const Tensor& x, const Tensor& before, const Tensor& y);  // null for none
  double nothing;
  void (*gradient)(const void* op, Backward& ctx, Along along);
  Range samples;
  const void* defaults;
};

// The family: see family.h.
struct Scan {
  static constexpr auto name = "scan";
  using Kernels = ScanKernels;
  using CudaKernels = ScanCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels();
};

// The inputs broadcast and are of one device. Throws IndexError, ShapeError, DeviceError.
Tensor apply(const ScanKernels& row, const void* op, std::initializer_list<Tensor> inputs, Along along, Location at);

// What a scan has as its backward.
void scan_backward(Backward& ctx);

template <class Op>
Tensor scan(const Op& op, const Tensor& x, Along along, Location at) {
  return apply(kernels_of<Op, Scan>(), &op, {x}, along, at);
}
template <class Op>
Tensor scan(const Op& op, const Tensor& a, const Tensor& b, Along along, Location at) {
  return apply(kernels_of<Op, Scan>(), &op, {a, b}, along, at);
}

std::vector<Example> examples_of(const ScanKernels& row);

}  // namespace gradtape
