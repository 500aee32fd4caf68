// Turns one pointwise op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <algorithm>
#include <cstring>

#include <gradtape/cuda/half.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/pointwise_device.h>
#include <gradtape/ops/pointwise_element.h>
#include <gradtape/ops/rules.h>

namespace gradtape {

namespace cuda {

template <class S>
__device__ S number_of(const DevicePass& pass, int k) {
  if constexpr (std::is_integral_v<S>) return pass.integer[k];
  else return static_cast<S>(pass.number[k]);
}

// Are numbers of the type S kept in 16 bits?
template <class S>
__device__ bool in_halves(const DevicePass& pass) {
  return std::is_same_v<S, float> && pass.storage != DType::float32;
}
// Code for either type of 16 bits: run(Float16{}) or run(BFloat16{}).
template <class Run>
__device__ auto for_half(DType type, Run run) {
  return type == DType::float16 ? run(Float16{}) : run(BFloat16{});
}
template <class S>
__device__ S load_one(const DevicePass& pass, const void* from, std::int32_t i) {
  if (!in_halves<S>(pass)) return static_cast<const S*>(from)[i];
  return for_half(pass.storage, [=](auto half) { return S(number_in(static_cast<const decltype(half)*>(from)[i])); });
}
template <class Op, int I, class S>
__device__ void store_one(const DevicePass& pass, void* to, std::int32_t i, S result) {
  if constexpr (I < 0 && gives_mask<Op>) static_cast<std::uint8_t*>(to)[i] = static_cast<std::uint8_t>(result);
  else if (!in_halves<S>(pass)) static_cast<S*>(to)[i] = result;
  else
    for_half(pass.storage,
             [=](auto half) { static_cast<decltype(half)*>(to)[i] = rounded_to<decltype(half)>(float(result)); });
}

// What a thread moves by 128 bits at once: two groups of float32, a block's width apart; or side by side where they are
// kept in 16 bits, and 128 bits hold both. One group of other types.
template <class S>
struct Groups {
  static constexpr int count = std::is_same_v<S, float> ? 2 : 1, size = Wide<S>::count, elements = count * size;
  bool halves;
  std::uint32_t first[count];  // elements

  __device__ explicit Groups(const DevicePass& pass) : halves(in_halves<S>(pass)) {
    for (int v = 0; v < count; ++v)
      first[v] = blockIdx.x * (block_threads * elements) +
                 (halves ? threadIdx.x * elements + v * size : (v * block_threads + threadIdx.x) * size);
  }
  // Where 128 bits begin that hold group v.
  template <class Data>
  __device__ auto bits(Data* data, std::int32_t at) const {
    using Byte = std::conditional_t<std::is_const_v<Data>, const char, char>;
    return static_cast<Byte*>(data) + (std::int64_t(at) << (halves ? 1 : sizeof(S) == 4 ? 2 : 3));
  }
  __device__ bool moves(int v) const { return v == 0 || !halves; }
};
// Their elements as they lie.
template <class S>
struct Bits {
  uint4 of[Groups<S>::count];
};
template <class S, class Places>
__device__ Bits<S> load(const Groups<S>& groups, const void* from, Places at) {
  Bits<S> bits;
  for (int v = 0; v < groups.count; ++v)
    if (groups.moves(v)) bits.of[v] = *reinterpret_cast<const uint4*>(groups.bits(from, at(v)));
  return bits;
}
template <class S>
__device__ void store(const Groups<S>& groups, void* to, const Bits<S>& bits) {
  for (int v = 0; v < groups.count; ++v)
    if (groups.moves(v)) *reinterpret_cast<uint4*>(groups.bits(to, groups.first[v])) = bits.of[v];
}
template <class S>
using Elements = S[Groups<S>::elements];
template <class S>
__device__ void unpack(const DevicePass& pass, const Bits<S>& bits, Elements<S>& x) {
  if (!in_halves<S>(pass)) return void(memcpy(x, bits.of, sizeof(x)));
  for_half(pass.storage, [&](auto half) {
    decltype(half) kept[Groups<S>::elements];
    memcpy(kept, bits.of, sizeof(kept));
    for (int l = 0; l < Groups<S>::elements; ++l) x[l] = S(number_in(kept[l]));
  });
}
template <class S>
__device__ Bits<S> packed(const DevicePass& pass, const Elements<S>& x) {
  Bits<S> bits;
  if (!in_halves<S>(pass)) return memcpy(bits.of, x, sizeof(x)), bits;
  for_half(pass.storage, [&](auto half) {
    decltype(half) kept[Groups<S>::elements];
    for (int l = 0; l < Groups<S>::elements; ++l) kept[l] = rounded_to<decltype(half)>(float(x[l]));
    memcpy(bits.of, kept, sizeof(kept));
  });
  return bits;
}
template <class S>
__device__ void store_mask(const Groups<S>& groups, void* to, const Elements<S>& x) {
  struct alignas(Groups<S>::size) Bytes {
    std::uint8_t of[Groups<S>::size];
  };
  for (int v = 0; v < groups.count; ++v) {
    Bytes bytes;
    for (int l = 0; l < Groups<S>::size; ++l) bytes.of[l] = static_cast<std::uint8_t>(x[v * Groups<S>::size + l]);
    *reinterpret_cast<Bytes*>(static_cast<std::uint8_t*>(to) + groups.first[v]) = bytes;
  }
}

// Is result k written? Of the gradients of all inputs, those that are wanted.
template <int I>
__device__ bool writes(const DevicePass& pass, int k) {
  return I == 3 ? pass.out[k] != nullptr : k == std::max(I, 0);
}

// What 128 bits move whole. All is loaded before any of it is computed with.
template <class Op, int I, class S>
__device__ void wide_elements(const Op& op, const DevicePass& pass) {
  constexpr unsigned read = reads<Op, I>;
  const Groups<S> groups(pass);
  std::int32_t at[Groups<S>::count][3];
  for (int v = 0; v < groups.count; ++v) pass.places.find(groups.first[v], at[v]);
  const auto dense = [&](int v) { return std::int32_t(groups.first[v]); };
  Bits<S> in[3], y_bits, g_bits;
  Elements<S> x[3]{}, y{}, g{}, out[3];
  for (int k = 0; k < inputs_of<Op>; ++k) {
    if (!(read >> k & 1)) continue;
    if (pass.reading[k] == Reading::side_by_side) in[k] = load(groups, pass.in[k], [&](int v) { return at[v][k]; });
    else
      for (int v = 0; v < groups.count; ++v) {
        S one = number_of<S>(pass, k);
        if (pass.reading[k] == Reading::repeated) one = load_one<S>(pass, pass.in[k], at[v][k]);
        for (int l = 0; l < Groups<S>::size; ++l) x[k][v * Groups<S>::size + l] = one;
      }
  }
  if constexpr (read >> 7 & 1) y_bits = load(groups, pass.y, dense);
  if constexpr (I >= 0) g_bits = load(groups, pass.gradient, dense);

  for (int k = 0; k < inputs_of<Op>; ++k)
    if (read >> k & 1 && pass.reading[k] == Reading::side_by_side) unpack<S>(pass, in[k], x[k]);
  if constexpr (read >> 7 & 1) unpack<S>(pass, y_bits, y);
  if constexpr (I >= 0) unpack<S>(pass, g_bits, g);
  for (int l = 0; l < Groups<S>::elements; ++l) {
    const Pack<S> of[3] = {x[0][l], x[1][l], x[2][l]};
    Pack<S> results[3];
    element<Op, I>(op, of, Pack<S>(y[l]), Pack<S>(g[l]), results);
    for (int k = 0; k < 3; ++k) out[k][l] = results[k].v;
  }
  for (int k = 0; k < inputs_of<Op>; ++k) {
    if (!writes<I>(pass, k)) continue;
    if constexpr (I < 0 && gives_mask<Op>) store_mask<S>(groups, pass.out[k], out[k]);
    else store(groups, pass.out[k], packed<S>(pass, out[k]));
  }
}
template <class Op, int I, class S>
__device__ void one_element(const Op& op, const DevicePass& pass, std::uint32_t i) {
  constexpr unsigned read = reads<Op, I>;
  std::int32_t at[3];
  pass.places.find(i, at);
  Pack<S> x[3], results[3], y(S(0)), g(S(0));
  for (int k = 0; k < inputs_of<Op>; ++k)
    if (read >> k & 1)
      x[k] = pass.reading[k] == Reading::number ? number_of<S>(pass, k) : load_one<S>(pass, pass.in[k], at[k]);
  if constexpr (read >> 7 & 1) y = load_one<S>(pass, pass.y, i);
  if constexpr (I >= 0) g = load_one<S>(pass, pass.gradient, i);
  element<Op, I>(op, x, y, g, results);
  for (int k = 0; k < inputs_of<Op>; ++k)
    if (writes<I>(pass, k)) store_one<Op, I>(pass, pass.out[k], i, results[k].v);
}

// The first threads take what is left one by one: all of it where nothing is moved by 128 bits.
template <class Op, int I, class S>
__global__ void pointwise_kernel(Op op, DevicePass pass) {
  if (blockIdx.x * (block_threads * Groups<S>::elements) < pass.in_wide) wide_elements<Op, I, S>(op, pass);
  const std::uint32_t i = pass.in_wide + blockIdx.x * block_threads + threadIdx.x;
  if (i < pass.count) one_element<Op, I, S>(op, pass, i);
}

template <class Op, int I, class S>
void launch_pointwise(const void* attributes, const DevicePass& pass) {
  static_assert(block_threads * Groups<S>::elements == wide_block(dtype_of<S>));
  const Op& op = *static_cast<const Op*>(attributes);
  const unsigned blocks = std::max(pass.in_wide / wide_block(dtype_of<S>), blocks_for(pass.count - pass.in_wide));
  pointwise_kernel<Op, I, S><<<blocks, block_threads, 0, stream_of(pass.device)>>>(op, pass);
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
