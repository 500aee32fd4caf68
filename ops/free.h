// Free ops: forward written out, backward in tensor ops. What an op's file needs to put itself on the tape and in the
// table.
//
// The struct is the attributes (plain data) and holds `name`, `static void backward(Backward&)`, and
// `static std::vector<Example> examples()`: calls that tests and benchmarks make. Numbers of 16 bits are to be computed
// in float32: where is_half(x.dtype()), as op(x.to(float32)).to(x.dtype()). `takes_directions = true` says that
// backward passes on many directions at once, as Backward::lead() says; without it each is passed on by a call of its
// own. An op with several outputs records them together, by record_outputs(), and its backward reads gradient(i) of
// each, undefined for one that nothing used. A floating output through which no gradient flows is named by a bit:
// `constant_outputs = 0b10` is the second. All loops over elements go through launch() of autograd/launch.h.
#pragma once

#include <gradtape/autograd/backward.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/family.h>

namespace gradtape {

template <class Op>
constexpr bool op_takes_directions = requires { requires Op::takes_directions; };
template <class Op> constexpr std::uint32_t constant_outputs_of = [] {
  if constexpr (requires { Op::constant_outputs; }) return Op::constant_outputs;
  else return 0u;
}();
template <class Op> inline constexpr OpInfo free_row{.name = Op::name,
                                                     .backward = Op::backward,
                                                     .takes_directions = op_takes_directions<Op>,
                                                     .constant_outputs = constant_outputs_of<Op>};

// Records `output` as computed by the op; see recording.h.
template <class Op> Tensor record(const Op& op, Location at, Tensor output, std::initializer_list<Tensor> inputs,
                                  std::initializer_list<Tensor> keep) {
  static_assert(
      requires(Backward& walk) { Op::backward(walk); },
      "backward is missing: static void backward(gradtape::Backward& walk)");
  static_assert(std::is_trivially_destructible_v<Op>, "attributes are copied as bytes and never destroyed");
  return record(free_row<Op>, at, std::move(output), inputs, keep, &op, std::is_empty_v<Op> ? 0 : sizeof op);
}
// The same for all outputs of an op that has several.
template <class Op> void record_outputs(const Op& op, Location at, std::span<const Tensor> outputs,
                                        std::initializer_list<Tensor> inputs, std::initializer_list<Tensor> keep) {
  static_assert(
      requires(Backward& walk) { Op::backward(walk); },
      "backward is missing: static void backward(gradtape::Backward& walk)");
  static_assert(std::is_trivially_destructible_v<Op>, "attributes are copied as bytes and never destroyed");
  record_outputs(free_row<Op>, at, outputs, {inputs.begin(), inputs.size()}, {keep.begin(), keep.size()}, &op,
                 std::is_empty_v<Op> ? 0 : sizeof op);
}
template <class Op> void record_outputs(const Op& op, Location at, std::initializer_list<Tensor> outputs,
                                        std::initializer_list<Tensor> inputs, std::initializer_list<Tensor> keep) {
  record_outputs(op, at, std::span(outputs.begin(), outputs.size()), inputs, keep);
}

// The family: see family.h. Nothing is made of an op.
struct Free {
  static constexpr auto name = "free";
};

}  // namespace gradtape
