// Turns one pointwise op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/stream.h>
#include <gradtape/ops/pointwise_device.h>
#include <gradtape/ops/pointwise_element.h>
#include <gradtape/ops/rules.h>

namespace gradtape {

namespace cuda {

template <int Bytes>
struct alignas(Bytes) WideMask {
  std::uint8_t of[Bytes];
};

// Was the input kept? What the slope of the third of three inputs reads is not, where only two gradients are wanted.
template <int I>
__device__ bool is_there(const DevicePass& pass, int k) {
  return I < 3 || pass.in[k];
}
template <class S>
__device__ S number_of(const DevicePass& pass, int k) {
  if constexpr (std::is_integral_v<S>) return pass.integer[k];
  else return static_cast<S>(pass.number[k]);
}
template <class S>
__device__ S load_one(const void* from, std::int64_t i) {
  return static_cast<const S*>(from)[i];
}
template <class S>
__device__ Wide<S> load_wide(const void* from, std::int64_t i, bool whole, std::int64_t left) {
  if (whole) return *reinterpret_cast<const Wide<S>*>(static_cast<const S*>(from) + i);
  Wide<S> some{};
  for (int l = 0; l < left; ++l) some.of[l] = load_one<S>(from, i + l);
  return some;
}
template <class Op, int I, class S>
__device__ void store_wide(void* to, std::int64_t i, const Wide<S>& results, bool whole, std::int64_t left) {
  if constexpr (I < 0 && gives_mask<Op>) {
    WideMask<Wide<S>::count> mask;
    for (int l = 0; l < Wide<S>::count; ++l) mask.of[l] = static_cast<std::uint8_t>(results.of[l]);
    auto* bytes = static_cast<std::uint8_t*>(to) + i;
    if (whole) *reinterpret_cast<decltype(mask)*>(bytes) = mask;
    else
      for (int l = 0; l < left; ++l) bytes[l] = mask.of[l];
  } else {
    auto* numbers = static_cast<S*>(to) + i;
    if (whole) *reinterpret_cast<Wide<S>*>(numbers) = results;
    else
      for (int l = 0; l < left; ++l) numbers[l] = results.of[l];
  }
}

// All arrays dense and aligned: 128 bits of each a thread.
template <class Op, int I, class S>
__global__ void dense_kernel(Op op, DevicePass pass) {
  constexpr unsigned read = reads<Op, I>;
  const std::int64_t i = (std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x) * Wide<S>::count, left = pass.count - i;
  if (left <= 0) return;
  const bool whole = left >= Wide<S>::count;
  Wide<S> in[3]{}, y{}, g{}, out[3];
  for (int k = 0; k < inputs_of<Op>; ++k)
    if (read >> k & 1 && !pass.is_number[k] && is_there<I>(pass, k)) in[k] = load_wide<S>(pass.in[k], i, whole, left);
  if constexpr (read >> 7 & 1) y = load_wide<S>(pass.y, i, whole, left);
  if constexpr (I >= 0) g = load_wide<S>(pass.gradient, i, whole, left);
  for (int l = 0; l < Wide<S>::count; ++l) {
    Pack<S> x[3], results[3];
    for (int k = 0; k < inputs_of<Op>; ++k)
      if (read >> k & 1) x[k] = pass.is_number[k] ? number_of<S>(pass, k) : in[k].of[l];
    element<Op, I>(op, x, Pack<S>(y.of[l]), Pack<S>(g.of[l]), results);
    for (int k = 0; k < 3; ++k) out[k].of[l] = results[k].v;
  }
  for (int k = 0; k < (I < 0 ? 1 : inputs_of<Op>); ++k)
    if (pass.out[k]) store_wide<Op, I>(pass.out[k], i, out[k], whole, left);
}

// Any strides: an element a thread. Results, y and the gradient are dense.
template <class Op, int I, class S, class Index>
__global__ void strided_kernel(Op op, DevicePass pass) {
  constexpr unsigned read = reads<Op, I>;
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= pass.count) return;
  Index at[3];
  pass.index.places(static_cast<Index>(i), at);
  Pack<S> x[3], results[3], y(S(0)), g(S(0));
  for (int k = 0; k < inputs_of<Op>; ++k)
    if (read >> k & 1)
      x[k] = pass.is_number[k] ? number_of<S>(pass, k) : is_there<I>(pass, k) ? load_one<S>(pass.in[k], at[k]) : S(0);
  if constexpr (read >> 7 & 1) y = load_one<S>(pass.y, i);
  if constexpr (I >= 0) g = load_one<S>(pass.gradient, i);
  element<Op, I>(op, x, y, g, results);
  for (int k = 0; k < (I < 0 ? 1 : inputs_of<Op>); ++k) {
    if (!pass.out[k]) continue;
    if constexpr (I < 0 && gives_mask<Op>)
      static_cast<std::uint8_t*>(pass.out[k])[i] = static_cast<std::uint8_t>(results[k].v);
    else static_cast<S*>(pass.out[k])[i] = results[k].v;
  }
}

template <class Op, int I, class S>
void launch_pointwise(const void* attributes, const DevicePass& pass) {
  const Op& op = *static_cast<const Op*>(attributes);
  const cudaStream_t stream = stream_of(pass.device);
  if (pass.dense)
    dense_kernel<Op, I, S>
        <<<blocks_for((pass.count + Wide<S>::count - 1) / Wide<S>::count), block_threads, 0, stream>>>(op, pass);
  else if (pass.index.fits_32_bits())
    strided_kernel<Op, I, S, std::uint32_t><<<blocks_for(pass.count), block_threads, 0, stream>>>(op, pass);
  else strided_kernel<Op, I, S, std::uint64_t><<<blocks_for(pass.count), block_threads, 0, stream>>>(op, pass);
  check(cudaGetLastError(), Op::name);
}

}  // namespace cuda

template <class Op, class S>
constexpr PointwiseLaunches launches_of() {
  PointwiseLaunches all{cuda::launch_pointwise<Op, -1, S>, {}};
  if constexpr (differentiable<Op>) {
    all.backward[0] = cuda::launch_pointwise<Op, 0, S>;
    if constexpr (inputs_of<Op> > 1) {
      all.backward[1] = cuda::launch_pointwise<Op, 1, S>;
      all.backward[3] = cuda::launch_pointwise<Op, 3, S>;
    }
    if constexpr (inputs_of<Op> > 2) all.backward[2] = cuda::launch_pointwise<Op, 2, S>;
  }
  return all;
}

template <class Op>
constexpr PointwiseCuda Pointwise::cuda_kernels(OpText text) {
  static_assert(rules::pointwise<Op>());
  PointwiseCuda row{};
  row.text = text;
  if constexpr (!OnlyIntegers<Op>) {
    row.launches[0] = launches_of<Op, float>();
    row.launches[1] = launches_of<Op, double>();
  }
  if constexpr (takes_integers<Op>) row.integers = cuda::launch_pointwise<Op, -1, std::int64_t>;
  return row;
}

}  // namespace gradtape
