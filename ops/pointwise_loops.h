// Turns one pointwise op struct into its row: loops for each instruction set, what the tape keeps, its slope on
// tensors. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/pointwise_backward.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/slope_of.h>

namespace gradtape {

// The first byte of each lane of so many bytes; what stands behind them means nothing. (GCC 12 converts shorter packs
// lane by lane.)
template <int LaneBytes, class Bytes, std::size_t... B>
GT_FN auto first_bytes(Bytes bytes, std::index_sequence<B...>) {
  const auto even = __builtin_shufflevector(bytes, bytes, int(2 * B)...);
  if constexpr (LaneBytes == 2) return even;
  else return first_bytes<LaneBytes / 2>(even, std::make_index_sequence<(sizeof even > 16 ? sizeof...(B) / 2 : 16)>());
}
template <class V>
GT_FN void store_mask(void* to, std::int64_t i, Mask<V> mask) {
  auto* bytes = static_cast<std::uint8_t*>(to) + i;
  if constexpr (Lanes<V>::count == 1) {
    *bytes = mask.m;
  } else if constexpr (has_mask_register<V>) {
    const auto ones = bytes_in(mask.m);
    __builtin_memcpy(bytes, &ones, Lanes<V>::count);
  } else {
    constexpr std::size_t half = sizeof(V) > 32 ? sizeof(V) / 2 : 16;
    const auto ones = first_bytes<sizeof(V) / Lanes<V>::count>(bits_as<Vec<std::uint8_t, sizeof(V)>>(mask.m & 1),
                                                               std::make_index_sequence<half>());
    __builtin_memcpy(bytes, &ones, Lanes<V>::count);
  }
}

template <class Op>
struct PointwiseForward {
  template <class V>
  GT_FN static void run(const void* op, const Loop& given) {
    const Loop loop = given;  // a copy: what is written is not the loop
    const Op self = *static_cast<const Op*>(op);
    for (std::int64_t i = 0; i < loop.count; i += Lanes<V>::count)
      if constexpr (std::is_integral_v<typename Lanes<V>::S> && Lanes<V>::count > 1) run_integers<V>(self, loop, i);
      else run_pack<V>(self, loop, i);
  }

 private:
  template <class V>
  GT_FN static void run_pack(const Op& self, const Loop& loop, std::int64_t i) {
    Pack<V> x[3];
    for (int k = 0; k < inputs_of<Op>; ++k) x[k] = load<V>(loop.in[k], i * loop.step[k]);
    if constexpr (gives_mask<Op>) store_mask<V>(loop.out[0], i, value_of(self, x));
    else store<V>(loop.out[0], i, value_of(self, x));
  }
  // A formula takes integers one by one. A pack's lie in places of their own meanwhile, where the compiler makes packs
  // of what is done to them. (It does for AVX-512 alone; below, GCC 12 waits for those places.)
  template <class V>
  GT_FN static void run_integers(const Op& self, const Loop& loop, std::int64_t i) {
    constexpr int count = Lanes<V>::count;
    std::int64_t in[3][count];
    for (int k = 0; k < inputs_of<Op>; ++k)
      __builtin_memcpy(in[k], static_cast<const std::int64_t*>(loop.in[k]) + i * loop.step[k], sizeof in[k]);
    using Out = std::conditional_t<gives_mask<Op>, std::uint8_t, std::int64_t>;
    Out out[count];
    for (int l = 0; l < count; ++l) {
      Pack<std::int64_t> x[3];
      for (int k = 0; k < inputs_of<Op>; ++k) x[k] = in[k][l];
      if constexpr (gives_mask<Op>) out[l] = value_of(self, x).m;
      else out[l] = value_of(self, x).v;
    }
    __builtin_memcpy(static_cast<Out*>(loop.out[0]) + i, out, sizeof out);
  }
};

// The gradient of input I, or of all for I = 3.
template <class Op, int I>
struct PointwiseBackward {
  template <class V>
  GT_FN static void run(const void* op, const Loop& given) {
    const Loop loop = given;
    const Op self = *static_cast<const Op*>(op);
    for (std::int64_t i = 0; i < loop.count; i += Lanes<V>::count) {
      Pack<V> x[3];
      for (int k = 0; k < inputs_of<Op>; ++k) x[k] = load<V>(loop.in[k], i * loop.step[k]);
      const Pack<V> y = load<V>(loop.y, KeepsOutput<Op> ? i : 0), g = load<V>(loop.gradient, i);
      if constexpr (I < 3) {
        store<V>(loop.out[I], i, chain(g, slope_of<I>(self, x, y)));
      } else {
        const Pack<V> first = chain(g, slope_of<0>(self, x, y)), second = chain(g, slope_of<1>(self, x, y));
        if constexpr (inputs_of<Op> == 3) {
          const Pack<V> third = chain(g, slope_of<2>(self, x, y));
          if (loop.out[2]) store<V>(loop.out[2], i, third);
        }
        if (loop.out[0]) store<V>(loop.out[0], i, first);
        if (loop.out[1]) store<V>(loop.out[1], i, second);
      }
    }
  }
};

template <class Op, class S>
constexpr PointwiseLoops loops_of() {
  PointwiseLoops loops{};
  set_for_each_target<PointwiseForward<Op>, S>(loops.forward);
  if constexpr (differentiable<Op>) {
    set_for_each_target<PointwiseBackward<Op, 0>, S>(loops.backward[0]);
    if constexpr (inputs_of<Op> > 1) {
      set_for_each_target<PointwiseBackward<Op, 1>, S>(loops.backward[1]);
      set_for_each_target<PointwiseBackward<Op, 3>, S>(loops.backward[3]);
    }
    if constexpr (inputs_of<Op> > 2) set_for_each_target<PointwiseBackward<Op, 2>, S>(loops.backward[2]);
  }
  return loops;
}

template <class Op>
Tensor recorded_pointwise(const void* op, const Tensor* x, const Tensor& y, const Tensor& gradient, int input) {
  const Op& self = *static_cast<const Op*>(op);
  if constexpr (differentiable<Op>) {
    if constexpr (inputs_of<Op> > 1)
      if (input == 1) return chain(gradient, slope_of<1>(self, x, y));
    if constexpr (inputs_of<Op> > 2)
      if (input == 2) return chain(gradient, slope_of<2>(self, x, y));
    return chain(gradient, slope_of<0>(self, x, y));
  } else {
    return {};
  }
}

template <class Op>
constexpr PointwiseKernels Pointwise::kernels(const CudaKernels* cuda) {
  static_assert(rules::pointwise<Op>());
  static_assert(sizeof(Op) <= 128, "an op's attributes have at most 128 bytes");
  PointwiseKernels row{};
  row.name = Op::name;
  row.backward = pointwise_backward<inputs_of<Op>>;
  row.takes_directions = row.pointwise = true;
  row.inputs = inputs_of<Op>;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  row.differentiable = differentiable<Op>;
  row.gives_mask = gives_mask<Op>;
  if constexpr (differentiable<Op>) {
    row.uses[0] = uses_of<Op, 0>();
    row.uses[1] = uses_of<Op, 1>();
    row.uses[2] = uses_of<Op, 2>();
    row.ones = is_one<Op, 0>() | is_one<Op, 1>() << 1 | is_one<Op, 2>() << 2;
  }
  if constexpr (OnlyIntegers<Op>) {
    row.only_integers = Op::only_integers;
  } else {
    row.loops[0] = loops_of<Op, float>();
    row.loops[1] = loops_of<Op, double>();
  }
  if constexpr (takes_integers<Op>) {
    for (LoopFn& loop : row.integer_loops) loop = PointwiseForward<Op>::template run<std::int64_t>;
#if defined(GT_HAS_TARGETS)
    row.integer_loops[2] = run_512<PointwiseForward<Op>, std::int64_t>;
#endif
  }
  if constexpr (requires { Op::not_for_bool; }) row.not_for_bool = Op::not_for_bool;
  row.cuda = cuda;
  row.recorded = recorded_pointwise<Op>;
  row.samples = Op::samples;
  row.defaults = &default_made<Op>;
  return row;
}

}  // namespace gradtape
