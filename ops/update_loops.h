// Turns one update op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/update.h>

namespace gradtape {

template <class Op, class V>
GT_FN void update_loop(const void* op, UpdateLoop loop) {  // by value: what is written is not the loop
  const Op self = *static_cast<const Op*>(op);
  for (std::int64_t i = 0; i < loop.count; i += Lanes<V>::count) {
    Pack<V> parameter = load<V>(loop.parameter, i), state[3];
    for (int k = 0; k < Op::states; ++k) state[k] = load<V>(loop.state[k], i);
    self.step(parameter, load<V>(loop.gradient, i), state);
    store<V>(loop.parameter, i, parameter);
    for (int k = 0; k < Op::states; ++k) store<V>(loop.state[k], i, state[k]);
  }
}
template <class Op, class S> GT_512 void update_512(const void* op, const UpdateLoop& loop) {
  update_loop<Op, Vec<S, 64 / sizeof(S)>>(op, loop);
}
template <class Op, class S> GT_256 void update_256(const void* op, const UpdateLoop& loop) {
  update_loop<Op, Vec<S, 32 / sizeof(S)>>(op, loop);
}
template <class Op, class S> GT_128 void update_128(const void* op, const UpdateLoop& loop) {
  update_loop<Op, Vec<S, 16 / sizeof(S)>>(op, loop);
}

template <class Op>
void begin_update(void* op, double lr, std::int64_t t) {
  begin_step(*static_cast<Op*>(op), lr, t);
}

template <class Op>
constexpr UpdateKernels Update::kernels(const CudaKernels* cuda) {
  static_assert(rules::update<Op>());
  static_assert(sizeof(Op) <= UINT8_MAX && std::is_trivially_copyable_v<Op>, "settings are copied as bytes");
#if defined(__x86_64__)
  return {Op::name,
          Op::states,
          counts_steps<Op>,
          sizeof(Op),
          begin_update<Op>,
          cuda,
          {{update_128<Op, float>, update_256<Op, float>, update_512<Op, float>},
           {update_128<Op, double>, update_256<Op, double>, update_512<Op, double>}}};
#else
  return {Op::name,
          Op::states,
          counts_steps<Op>,
          sizeof(Op),
          begin_update<Op>,
          cuda,
          {{update_128<Op, float>, nullptr, nullptr}, {update_128<Op, double>, nullptr, nullptr}}};
#endif
}

}  // namespace gradtape
