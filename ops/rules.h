// What an op's struct must hold, said to its author in plain words before the compiler meets what depends on it.
//
// Read first by the functions that make rows, on the CPU and for CUDA. Generated files include it themselves, and each
// family has one function, so that few lines of context stand before the words.
#pragma once

#include <gradtape/autograd/tensor.h>
#include <gradtape/ops/row_words.h>
#include <gradtape/ops/slope_of.h>

namespace gradtape {
class Backward;
struct Along;
}  // namespace gradtape

namespace gradtape::rules {

template <class Op, int N>
concept SlopeTakesTheInputs = requires(const Op& op, Uses x) { op.slope_from_output(x); } ||
                              (N == 1 && requires(const Op& op, Uses x) { op.slope(x); }) ||
                              (N == 2 && requires(const Op& op, Uses x) { op.slope(x, x); }) ||
                              (N == 3 && requires(const Op& op, Uses x) { op.slope(x, x, x); });

template <int N, class Op> constexpr auto read_slope(const Op& op, Uses x) {
  if constexpr (requires { op.slope_from_output(x); }) return op.slope_from_output(x);
  else if constexpr (N == 1) return op.slope(x);
  else if constexpr (N == 2) return op.slope(x, x);
  else return op.slope(x, x, x);
}
// A formula can be read at compile time: not one without GT_FN, nor one that asks a number in an `if`.
template <bool (*read)()>
concept IsAFormula = requires { typename std::bool_constant<read()>; };
template <class Op> constexpr bool reads_forward() {
  const Uses x[3];
  return (void)value_of(Op{}, x), true;
}
template <class Op, int N> constexpr bool reads_slope() { return (void)read_slope<N>(Op{}, Uses{}), true; }

// A row of such numbers, so that what is said of rows can be read at compile time too, and their words counted.
struct UsesRow {
  using Real = Uses;
  using Value = Uses;
  Uses number;
  int* words = nullptr;  // that were spoken
  int* reads = nullptr;  // how often the row was read

  constexpr Uses count() const { return number; }
  template <class Each = Itself> constexpr Uses max(Each each = {}) const { return spoken(each(number)); }
  template <class Each = Itself> constexpr Uses min(Each each = {}) const { return spoken(each(number)); }
  constexpr Uses norm() const { return spoken(spoken(number)); }  // of two totals
  constexpr LogTotal<Uses> log_total() const { return {spoken(number), number}; }
  template <class Each, class... Rows> constexpr Uses sum(Each each, const Rows&... rows) const {
    (rows.read(), ...);
    return spoken(each(number, rows.number...));
  }
  template <class Each> constexpr Uses product(Each each) const { return spoken(each(number)); }
  template <class Each> constexpr Uses total(Each each) const { return spoken(each(number)); }
  template <class Holds> constexpr Uses count_where(Holds holds) const {
    return spoken(where(holds(number), number, number));
  }
  constexpr std::int64_t index_of(Uses value) const { return (void)spoken(value), 0; }
  template <class Each, class... Rows> constexpr void assign(Each each, const Rows&... rows) {
    (rows.read(), ...);
    if (words) ++*words;
    number = each(rows.number...);
  }

 private:
  constexpr void read() const {
    if (reads) ++*reads;
  }
  constexpr Uses spoken(Uses answer) const {
    if (words) ++*words;
    read();
    return answer;
  }
};
template <class Op> constexpr bool reads_rows_forward() {
  UsesRow x, y;
  return Op{}.forward(x, y), true;
}
template <class Op> constexpr bool reads_rows_backward() {
  UsesRow x, gradient, dx;
  if constexpr (requires { Op{}.backward_from_output(x, gradient, dx); }) Op{}.backward_from_output(x, gradient, dx);
  else Op{}.backward(x, gradient, dx);
  return true;
}
template <class Op> constexpr bool reads_fold_forward() { return (void)Op{}.forward(UsesRow{}), true; }
template <class Op> constexpr bool reads_fold_backward() {
  UsesRow dx;
  return Op{}.backward(UsesRow{}, Uses{}, Uses{}, dx), true;
}
template <class Op> constexpr bool reads_step() {
  Uses parameter, state[3];
  return Op{}.step(parameter, Uses{}, state), true;
}

template <class Op> constexpr auto read_start(const Op& op) {
  if constexpr (requires { op.start(Uses{}, Uses{}); }) return op.start(Uses{}, Uses{});
  else if constexpr (requires { op.start(Uses{}); }) return op.start(Uses{});
  else return Uses{};
}
template <class Op, class State> constexpr auto read_finish(const Op& op, State state) {
  if constexpr (requires { op.finish(state); }) return op.finish(state);
  else return state;
}
template <class Op> constexpr bool reads_scan() {
  const auto state = read_start(Op{});
  return (void)read_finish(Op{}, Op{}.join(state, state)), true;
}

template <class T> constexpr int slopes_in = 0;
template <class Real, int N> constexpr int slopes_in<Slopes<Real, N>> = N;

// A member of this name is there, of whatever kind: beside another of its name it is ambiguous.
struct Namesakes {
  int slope, slope_from_output, slopes, backward, gradient, start, finish;
};
template <class Op> struct Beside : Op, Namesakes {};
#define GT_HOLDS(Op, name) (!std::is_final_v<Op> && !requires { &Beside<Op>::name; })
template <class Op>
concept HoldsSlope = GT_HOLDS(Op, slope);
template <class Op>
concept HoldsSlopeFromOutput = GT_HOLDS(Op, slope_from_output);
template <class Op>
concept HoldsSlopes = GT_HOLDS(Op, slopes);
template <class Op>
concept HoldsBackward = GT_HOLDS(Op, backward);
template <class Op>
concept HoldsGradient = GT_HOLDS(Op, gradient);
template <class Op>
concept HoldsStart = GT_HOLDS(Op, start);
template <class Op>
concept HoldsFinish = GT_HOLDS(Op, finish);
#undef GT_HOLDS

template <class Op>
concept HasSamples = requires { Range(Op::samples); };
template <class Op>
concept HoldsNumbers = std::is_trivially_copyable_v<Op> && std::is_default_constructible_v<Op>;

template <class Op> consteval bool pointwise() {
  constexpr int inputs = inputs_taken<const Op>();
  static_assert(inputs > 0 || inputs_taken<Op>() == 0,
                "forward is neither const nor static: an op does not change when it is applied");
  static_assert(
      inputs > 0 || !requires { &Op::forward; },
      "forward is no template: template <class Real> GT_FN static Real forward(Real x)");
  static_assert(inputs < 4, "forward takes four numbers: a pointwise op has one to three inputs");
  static_assert(inputs > 0,
                "forward takes one to three numbers of its template's type: "
                "template <class Real> GT_FN static Real forward(Real x)");
  static_assert(HasSamples<Op>, "samples are missing: static constexpr auto samples = gradtape::between(low, high)");
  static_assert(HoldsNumbers<Op>, "an op's members are plain numbers with default values: it is copied as bytes");
  if constexpr (inputs > 0 && inputs < 4) {
    static_assert(IsAFormula<reads_forward<Op>>,
                  "forward is marked GT_FN, and asks no number in an if, ?:, && or ||: "
                  "it says where(mask, a, b), & or |");
    static_assert(std::is_same_v<decltype(value_of(std::declval<const Op&>(), std::declval<const Uses*>())), Uses>,
                  "forward returns a number of the type it takes, or a mask");
    static_assert(!(HoldsSlope<Op> && HoldsSlopeFromOutput<Op>), "an op writes slope or slope_from_output, not both");
    static_assert(!HoldsSlopeFromOutput<Op> || inputs == 1, "slope_from_output is for ops of one input");
    constexpr bool writes = HoldsSlope<Op> || HoldsSlopeFromOutput<Op>, fits = SlopeTakesTheInputs<Op, inputs>;
    static_assert(!writes || fits, "the slope takes as many numbers as forward, is a template, and const or static");
    if constexpr (writes && fits) {
      static_assert(IsAFormula<reads_slope<Op, inputs>>,
                    "the slope is marked GT_FN, and asks no number in an if, ?:, && or ||: "
                    "it says where(mask, a, b), & or |");
      using Slope = decltype(read_slope<inputs>(std::declval<const Op&>(), Uses{}));
      static_assert(inputs > 1 || std::is_same_v<Slope, Uses>, "the slope of one input is a number or a mask");
      static_assert(inputs == 1 || slopes_in<Slope> == inputs,
                    "slope returns Slopes with as many slopes as there are inputs: Slopes{dx, dy}");
    }
  }
  return true;
}

template <class Op> consteval bool rowwise() {
  constexpr bool goes = requires(const Op& op, const UsesRow& x, UsesRow& y) { op.forward(x, y); };
  constexpr bool returns = requires(const Op& op, const UsesRow& x, UsesRow& dx) { op.backward(x, x, dx); } ||
                           requires(const Op& op, const UsesRow& x, UsesRow& dx) { op.backward_from_output(x, x, dx); };
  static_assert(goes,
                "forward takes a row and the row it fills: "
                "template <class Row, class Out> GT_FN static void forward(const Row& x, Out& y)");
  static_assert(returns,
                "backward(x, gradient, dx) or backward_from_output(y, gradient, dx) is missing, no template, "
                "or neither const nor static");
  static_assert(HasSamples<Op>, "samples are missing: static constexpr auto samples = gradtape::between(low, high)");
  static_assert(HoldsNumbers<Op>, "an op's members are plain numbers with default values: it is copied as bytes");
  static_assert(sizeof(Op) <= 128, "an op's attributes have at most 128 bytes");
  if constexpr (goes && returns && HoldsNumbers<Op>) {
    static_assert(IsAFormula<reads_rows_forward<Op>>,
                  "forward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||");
    static_assert(IsAFormula<reads_rows_backward<Op>>,
                  "backward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||");
  }
  return true;
}

template <class Op> consteval bool reduce() {
  constexpr bool goes = requires(const Op& op, const UsesRow& x) { op.forward(x); };
  constexpr bool returns = requires(const Op& op, const UsesRow& x, Uses v, UsesRow& dx) { op.backward(x, v, v, dx); };
  static_assert(goes, "forward takes a row: template <class Row> GT_FN static auto forward(const Row& x)");
  if constexpr (goes) {
    using Result = decltype(std::declval<const Op&>().forward(UsesRow()));
    static_assert(std::is_same_v<Result, Uses> || std::is_same_v<Result, std::int64_t>,
                  "forward returns a number, or a place as std::int64_t");
  }
  static_assert(!HoldsBackward<Op> || returns,
                "backward takes (x, y, gradient, dx), two rows with two numbers between them, is a template, "
                "and const or static");
  static_assert(
      !HoldsGradient<Op> || requires(const Op& op, const Tensor& g, const Shape& s) { op.gradient(g, s); },
      "gradient takes (const Tensor& gradient, const Shape& shape), and is const or static");
  static_assert(HasSamples<Op>, "samples are missing: static constexpr auto samples = gradtape::between(low, high)");
  static_assert(HoldsNumbers<Op>, "an op's members are plain numbers with default values: it is copied as bytes");
  if constexpr (goes && HoldsNumbers<Op>)
    static_assert(IsAFormula<reads_fold_forward<Op>>,
                  "forward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||");
  if constexpr (returns && HoldsNumbers<Op>)
    static_assert(IsAFormula<reads_fold_backward<Op>>,
                  "backward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||");
  return true;
}

template <class Op> consteval bool scan() {
  using State = decltype(read_start(std::declval<const Op&>()));
  constexpr bool starts =
      requires(const Op& op, Uses x) { op.start(x); } || requires(const Op& op, Uses x) { op.start(x, x); };
  static_assert(!HoldsStart<Op> || starts,
                "start takes a number, or one of each of two tensors, is a template, and const or static");
  constexpr bool joins = requires(const Op& op, State state) { State(op.join(state, state)); };
  static_assert(joins,
                "join takes the states of a part and of the one behind it, and returns that of both: "
                "template <class Real> GT_FN static Real join(Real before, Real after)");
  constexpr bool finishes = requires(const Op& op, State state) { op.finish(state); };
  static_assert(!HoldsFinish<Op> || finishes, "finish takes a state, is a template, and const or static");
  static_assert(!starts || finishes || std::is_same_v<State, Uses>,
                "finish, which makes a number of a state, is missing");
  static_assert(
      !HoldsGradient<Op> || requires(const Op& op, Backward& ctx, Along along) { op.gradient(ctx, along); },
      "gradient takes (gradtape::Backward& ctx, gradtape::Along along), and is const or static");
  constexpr bool slopes = requires(const Op& op, Uses x) { requires slopes_in<decltype(op.slopes(x, x, x))> == 2; };
  static_assert(
      slopes == requires { Op::nothing; } && slopes == HoldsSlopes<Op>,
      "slopes takes x, the result before it and the result, and returns Slopes by the first of two; "
      "static constexpr double nothing stands before the first result");
  static_assert(HasSamples<Op>, "samples are missing: static constexpr auto samples = gradtape::between(low, high)");
  static_assert(HoldsNumbers<Op>, "an op's members are plain numbers with default values: it is copied as bytes");
  static_assert(sizeof(Op) <= 64, "a scan's attributes have at most 64 bytes");
  if constexpr (joins && HoldsNumbers<Op>)
    static_assert(IsAFormula<reads_scan<Op>>,
                  "start, join and finish are marked GT_FN, as is what they call, and ask no number in an if, ?:, && "
                  "or ||: they say where(mask, a, b), & or |");
  return true;
}

template <class Op> consteval bool update() {
  static_assert(
      requires { requires Op::states >= 0 && Op::states <= 3; },
      "states, how many numbers are remembered for each parameter, is missing or above 3");
  constexpr bool steps = requires(const Op& op, Pack<float>& x, Pack<float>(&state)[3]) { op.step(x, x, state); };
  static_assert(steps,
                "step is const or static: "
                "template <class Real> GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const");
  if constexpr (steps && std::is_default_constructible_v<Op>)
    static_assert(IsAFormula<reads_step<Op>>,
                  "step is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||");
  static_assert(
      requires(Op& op) { op.lr = 1.0; } || requires(Op& op) { op.begin(1.0, std::int64_t(1)); },
      "lr, which becomes the learning rate of each step, is missing: double lr");
  return true;
}

}  // namespace gradtape::rules
