// Turns one update op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/update.h>

namespace gradtape {

template <class Op>
struct UpdateEach {
  template <class V>
  GT_FN static void run(const void* op, const UpdateLoop& given) {
    const UpdateLoop loop = given;  // a copy: what is written is not the loop
    const Op self = *static_cast<const Op*>(op);
    for (std::int64_t i = 0; i < loop.count; i += Lanes<V>::count) {
      Pack<V> parameter = load<V>(loop.parameter, i), state[3];
      for (int k = 0; k < Op::states; ++k) state[k] = load<V>(loop.state[k], i);
      self.step(parameter, load<V>(loop.gradient, i), state);
      store<V>(loop.parameter, i, parameter);
      for (int k = 0; k < Op::states; ++k) store<V>(loop.state[k], i, state[k]);
    }
  }
};

template <class Op>
void begin_update(void* op, double lr, std::int64_t t) {
  begin_step(*static_cast<Op*>(op), lr, t);
}

template <class Op>
constexpr UpdateKernels Update::kernels(const CudaKernels* cuda) {
  static_assert(rules::update<Op>());
  static_assert(sizeof(Op) <= UINT8_MAX && std::is_trivially_copyable_v<Op>, "settings are copied as bytes");
  UpdateKernels row{Op::name, Op::states, counts_steps<Op>, sizeof(Op), begin_update<Op>, cuda, {}};
  set_for_each_target<UpdateEach<Op>, float>(row.loops[0]);
  set_for_each_target<UpdateEach<Op>, double>(row.loops[1]);
  return row;
}

}  // namespace gradtape
