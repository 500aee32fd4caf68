// Turns one scan op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/cpu/transpose.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/scan.h>
#include <gradtape/ops/scan_steps.h>

namespace gradtape {

// Numbers as they lie in memory, and the doubles that are made of them: half as many to a pack, so that both fill one.
template <class V> struct Widened {
  using S = typename Lanes<V>::S;
  static constexpr int half = Lanes<V>::count > 1 ? Lanes<V>::count / 2 : 1;
  using Narrow = std::conditional_t<sizeof(S) == 4 && (sizeof(V) > 16), Vec<S, half>, V>;
  using Wide = std::conditional_t<sizeof(S) == 4, typename Lanes<Narrow>::Wide, V>;
  using Real = Pack<Wide>;
  static constexpr int lanes = Lanes<Wide>::count;

  GT_FN static Real read(const S* from) {
    const Pack<Narrow> x = load<Narrow>(from, 0);
    if constexpr (std::is_same_v<Narrow, Wide>) return x;
    else if constexpr (lanes == 1) return Real(static_cast<Wide>(x.v));
    else return Real(converted<Wide>(x.v));
  }
  // As numbers, or as places.
  template <class T> GT_FN static void write(T* to, Real x) {
    if constexpr (lanes == 1) {
      *to = static_cast<T>(x.v);
    } else if constexpr (std::is_same_v<Wide, Vec<T, lanes>>) {
      __builtin_memcpy(to, &x.v, sizeof x.v);
    } else {
      const auto narrow = converted<Vec<T, lanes>>(x.v);
      __builtin_memcpy(to, &narrow, sizeof narrow);
    }
  }
};

// A state is a struct of packs, of 64-bit numbers: one lane of each, and one in all lanes.
template <class One, class Packs> GT_FN One lane_of(const Packs& packs, int lane) {
  constexpr std::size_t numbers = sizeof(One) / 8, pack = sizeof(Packs) / numbers;
  One one;
  for (std::size_t i = 0; i < numbers; ++i)
    __builtin_memcpy(reinterpret_cast<std::byte*>(&one) + 8 * i,
                     reinterpret_cast<const std::byte*>(&packs) + pack * i + 8 * static_cast<std::size_t>(lane), 8);
  return one;
}
template <class One, class Packs> GT_FN void set_lane(Packs& packs, int lane, const One& one) {
  constexpr std::size_t numbers = sizeof(One) / 8, pack = sizeof(Packs) / numbers;
  for (std::size_t i = 0; i < numbers; ++i)
    __builtin_memcpy(reinterpret_cast<std::byte*>(&packs) + pack * i + 8 * static_cast<std::size_t>(lane),
                     reinterpret_cast<const std::byte*>(&one) + 8 * i, 8);
}
template <class Packs, class Real, class One>
GT_FN Packs in_all_lanes(const One& one) {
  Packs packs;
  for (std::size_t i = 0; i < sizeof(One) / 8; ++i) {
    typename Real::S number;
    __builtin_memcpy(&number, reinterpret_cast<const std::byte*>(&one) + 8 * i, 8);
    const Real lanes(number);
    __builtin_memcpy(reinterpret_cast<std::byte*>(&packs) + sizeof lanes.v * i, &lanes.v, sizeof lanes.v);
  }
  return packs;
}

// 16 runs of a row, or runs of so many rows, turned so that they lie side by side: element e of run r is at [e][r]. Run
// r is read from `from` + r * step on. In reverse a run's last element comes first.
template <class V, int runs = 16, class T> GT_FN void read_runs(const T* from, std::int64_t step, bool reverse,
                                                                T (&to)[16][16]) {
  constexpr int lanes = Lanes<V>::count;
  for (int run = 0; run < runs; run += lanes)
    for (int first = 0; first < 16; first += lanes) {
      V block[lanes];
      GT_UNROLL
      for (int k = 0; k < lanes; ++k) __builtin_memcpy(&block[k], from + (run + k) * step + first, sizeof(V));
      transpose(block);
      GT_UNROLL
      for (int k = 0; k < lanes; ++k)
        __builtin_memcpy(&to[reverse ? 15 - first - k : first + k][run], &block[k], sizeof(V));
    }
}
template <class V, int runs = 16, class T> GT_FN void write_runs(const T (&from)[16][16], T* to, std::int64_t step,
                                                                 bool reverse) {
  constexpr int lanes = Lanes<V>::count;
  for (int run = 0; run < runs; run += lanes)
    for (int first = 0; first < 16; first += lanes) {
      V block[lanes];
      GT_UNROLL
      for (int k = 0; k < lanes; ++k)
        __builtin_memcpy(&block[k], &from[reverse ? 15 - first - k : first + k][run], sizeof(V));
      transpose(block);
      GT_UNROLL
      for (int k = 0; k < lanes; ++k) __builtin_memcpy(to + (run + k) * step + first, &block[k], sizeof(V));
    }
}

template <class Op, class S> struct EachScan {
  using Made = Steps<Op, S>;
  using T = ScanResult<Op, S>;
  static constexpr int inputs = Made::inputs;

  template <class V> GT_FN static void run(const void* op, const Scanned& scan) {
    const Made steps{*static_cast<const Op*>(op)};
    const S* in[2] = {static_cast<const S*>(scan.in[0]), static_cast<const S*>(scan.in[1])};
    T* out = static_cast<T*>(scan.out);
    constexpr bool turns = Lanes<V>::count > 1;
    const bool short_rows = scan.columns <= scan_group;
    const std::int64_t row = scan.columns * scan.inner;
    for (std::int64_t o = 0; o < scan.outer; ++o) {
      const S* const from[2] = {in[0] + o * row, in[1] + (inputs > 1 ? o * row : 0)};
      T* const to = out ? out + o * row : nullptr;
      if (const std::int64_t left = scan.outer - o;
          turns && scan.inner == 1 && to && (left >= at_once<V> || (short_rows && left > 1))) {
        const int rows = left < at_once<V> ? static_cast<int>(left) : at_once<V>;
        if constexpr (turns) rows_in_lanes<V>(steps, from, to, scan, o, rows);
        o += rows - 1;
      } else if (scan.inner == 1 && (turns || !short_rows)) {
        one_row<V>(steps, from, to, scan);
      } else {
        const std::int64_t whole = scan.width - scan.width % Widened<V>::lanes;
        side_by_side<V>(steps, from, to, scan, 0, whole);
        if constexpr (turns) side_by_side<S>(steps, from, to, scan, whole, scan.width);
      }
    }
  }

 private:
  template <class V>
  using PacksOfResults = std::conditional_t<sizeof(V) == sizeof(S), T, Vec<T, sizeof(V) / sizeof(T)>>;

  // Rows side by side, one in each lane: those from `first` to `last`, which fill packs.
  template <class V> GT_FN static void side_by_side(const Made& steps, const S* const (&in)[2], T* out,
                                                    const Scanned& scan, std::int64_t first, std::int64_t last) {
    using Numbers = Widened<V>;
    using Real = typename Numbers::Real;
    using State = ScanState<Op, S, Real>;
    constexpr std::int64_t lanes = Numbers::lanes, most = 64;  // packs, whose states stay in the first caches
    for (; first < last; first += most * lanes) {
      const std::int64_t packs = last - first < most * lanes ? (last - first) / lanes : most;
      Before<State> before[most];
      State run[most], carried[most];
      for (std::int64_t at = 0; at < scan.columns; at += scan_run) {
        const std::int64_t steps_of_run = scan.columns - at < scan_run ? scan.columns - at : scan_run;
        for (std::int64_t e = 0; e < steps_of_run; ++e) {
          const std::int64_t place = scan.reverse ? scan.columns - 1 - at - e : at + e,
                             line = place * scan.inner + first;
          for (std::int64_t p = 0; p < packs; ++p) {
            const std::int64_t i = line + p * lanes;
            const State one = steps.start(Numbers::read(in[0] + i), other<Numbers>(in[1], i, place));
            run[p] = e == 0 ? one : steps.join(run[p], one);
            Numbers::write(out + i, steps.finish(at == 0 ? run[p] : steps.join(carried[p], run[p])));
          }
        }
        if (at + scan_run >= scan.columns) continue;
        for (std::int64_t p = 0; p < packs; ++p) {
          if (at == 0) before[p] = {};
          before[p].take_run(steps, run[p], at);
          carried[p] = before[p].all(steps, at + scan_run);
        }
      }
    }
  }
  template <class Numbers>
  GT_FN static auto other([[maybe_unused]] const S* second, [[maybe_unused]] std::int64_t i,
                          [[maybe_unused]] std::int64_t place) {
    if constexpr (inputs > 1) return Numbers::read(second + i);
    else return typename Numbers::Real(place);
  }

  // Rows side by side, one in each lane of two packs, run by run.
  template <class V> static constexpr int at_once = 2 * Widened<V>::lanes;
  template <class V> GT_FN static void rows_in_lanes(const Made& steps, const S* const (&in)[2], T* out,
                                                     const Scanned& scan, std::int64_t row, int rows) {
    using Numbers = Widened<V>;
    using Real = typename Numbers::Real;
    using State = ScanState<Op, S, Real>;
    constexpr int lanes = Numbers::lanes, packs = 2;
    // May a pack be read that goes beyond these rows?
    const bool inside = (scan.reverse ? row : scan.outer - row - rows) * scan.columns >= 16;
    Before<State> before[packs]{};
    State run[packs]{}, carried[packs]{};
    for (std::int64_t at = 0; at < scan.columns; at += scan_run) {
      const int count = scan.columns - at < scan_run ? static_cast<int>(scan.columns - at) : 16;
      const std::int64_t first = scan.reverse ? scan.columns - at - count : at;
      alignas(64) S numbers[inputs][16][16];
      alignas(64) T results[16][16];
      for (int k = 0; k < inputs; ++k) read_run<V>(in[k] + first, scan, rows, count, inside, numbers[k]);
      for (int e = 0; e < count; ++e) {
        const Real place(scan.reverse ? scan.columns - 1 - at - e : at + e);
        GT_UNROLL
        for (int p = 0; p < packs; ++p) {
          const Real x = Numbers::read(&numbers[0][e][p * lanes]);
          State one;
          if constexpr (inputs > 1) one = steps.start(x, Numbers::read(&numbers[1][e][p * lanes]));
          else one = steps.start(x, place);
          run[p] = e == 0 ? one : steps.join(run[p], one);
          Numbers::write(&results[e][p * lanes], steps.finish(at == 0 ? run[p] : steps.join(carried[p], run[p])));
        }
      }
      write_run<PacksOfResults<V>, at_once<V>>(results, out + first, scan, rows, count);
      if (at + scan_run >= scan.columns) continue;
      for (int p = 0; p < packs; ++p) {
        before[p].take_run(steps, run[p], at);
        carried[p] = before[p].all(steps, at + scan_run);
      }
    }
  }
  // The first `count` steps of a run of each row, turned; and back.
  template <class V> GT_FN static void read_run(const S* from, const Scanned& scan, int rows, int count, bool inside,
                                                S (&to)[16][16]) {
    const int lead = scan.reverse ? 16 - count : 0;
    const bool direct = rows == at_once<V> && (count == 16 || inside);
    if constexpr (inputs > 1) {  // more streams than the machine follows
      GT_UNROLL
      for (int row = 0; row < at_once<V>; ++row)
        __builtin_prefetch(from + row * scan.columns + (scan.reverse ? -64 : 64), 0, 2);
    }
    S some[16][16];
    if (!direct) {
      __builtin_memset(some, 0, sizeof some);
      for (int row = 0; row < rows; ++row) copy_some(from + row * scan.columns, count, some[row] + lead);
    }
    read_runs<V, at_once<V>>(direct ? from - lead : some[0], direct ? scan.columns : 16, scan.reverse, to);
  }
  template <class V, int most> GT_FN static void write_run(const T (&from)[16][16], T* to, const Scanned& scan,
                                                           int rows, int count) {
    const bool direct = rows == most && count == 16;
    T some[16][16];
    write_runs<V, most>(from, direct ? to : some[0], direct ? scan.columns : 16, scan.reverse);
    if (direct) return;
    for (int row = 0; row < rows; ++row)
      copy_some(some[row] + (scan.reverse ? 16 - count : 0), count, to + row * scan.columns);
  }
  // Up to 16, in pieces whose sizes the compiler knows.
  template <int size = 16, class N> GT_FN static void copy_some(const N* from, int count, N* to) {
    if (count & size) {
      __builtin_memcpy(to, from, size * sizeof(N));
      from += size, to += size;
    }
    if constexpr (size > 1) copy_some<size / 2>(from, count, to);
  }

  // One row, of which 16 runs lie in the lanes: first each is scanned for itself, then their totals one after the
  // other.
  template <class V> GT_FN static void one_row(const Made& steps, const S* const (&in)[2], T* out,
                                               const Scanned& scan) {
    using Numbers = Widened<V>;
    using Real = typename Numbers::Real;
    using State = ScanState<Op, S, Real>;
    using One = ScanState<Op, S, Pack<typename Lanes<typename Numbers::Wide>::S>>;
    static_assert(sizeof(One) <= scan_state_bytes && sizeof(One) % 8 == 0);
    constexpr int lanes = Numbers::lanes, packs = 16 / lanes;
    Before<One> before{};
    if (scan.before) before.tiles = before.above = *static_cast<const One*>(scan.before);
    for (std::int64_t at = scan.first; at < scan.last; at += scan_group) {
      const std::int64_t count = scan.last - at < scan_group ? scan.last - at : scan_group;
      alignas(64) S numbers[inputs][16][16];
      for (int k = 0; k < inputs; ++k) read_group<V>(in[k], at, count, scan, numbers[k]);

      State states[16][packs], carried[packs];
      GT_UNROLL_BY_TWO
      for (int p = 0; p < packs; ++p) {
        const Real places = places_of<Real>(at + scan_run * lanes * p, scan);
        for (int e = 0; e < 16; ++e) {
          const Real x = Numbers::read(&numbers[0][e][p * lanes]);
          State one;
          if constexpr (inputs > 1) one = steps.start(x, Numbers::read(&numbers[1][e][p * lanes]));
          else one = steps.start(x, scan.reverse ? places - Real(e) : places + Real(e));
          states[e][p] = e == 0 ? one : steps.join(states[e - 1][p], one);
        }
        carried[p] = states[15][p];
      }
      One runs = lane_of<One>(states[15][0], 0);
      GT_UNROLL
      for (int run = 1; run < 16; ++run) {
        set_lane(carried[run / lanes], run % lanes, runs);
        runs = steps.join(runs, lane_of<One>(states[15][run / lanes], run % lanes));
      }
      if (at > 0) {
        const State above = in_all_lanes<State, Real>(before.above);
        GT_UNROLL
        for (int p = 0; p < packs; ++p) carried[p] = steps.join(above, carried[p]);
        set_lane(carried[0], 0, before.above);
      }
      before.take_group(steps, runs, at);
      if (!out) continue;
      alignas(64) T results[16][16];
      GT_UNROLL_BY_TWO
      for (int p = 0; p < packs; ++p)
        for (int e = 0; e < 16; ++e)
          Numbers::write(&results[e][p * lanes], steps.finish(steps.join(carried[p], states[e][p])));
      if (at == 0)  // nothing comes before the first run
        for (int e = 0; e < 16; ++e) results[e][0] = static_cast<T>(steps.finish(lane_of<One>(states[e][0], 0)).v);
      write_group<PacksOfResults<V>>(results, out, at, count, scan);
    }
    if (scan.total) *static_cast<One*>(scan.total) = before.groups;
  }
  // The places of the first elements of neighbouring runs.
  template <class Real> GT_FN static Real places_of(std::int64_t at, const Scanned& scan) {
    Real places(0);
    if constexpr (Made::places) {
      using Number = typename Real::S;
      Number of[sizeof(Real) / sizeof(Number)];
      for (std::int64_t run = 0; auto& place : of) {
        const std::int64_t step = at + scan_run * run++;
        place = static_cast<Number>(scan.reverse ? scan.columns - 1 - step : step);
      }
      __builtin_memcpy(&places.v, of, sizeof of);
    }
    return places;
  }
  template <class V> GT_FN static void read_group(const S* row, std::int64_t at, std::int64_t count,
                                                  const Scanned& scan, S (&to)[16][16]) {
    if (count == scan_group)
      return scan.reverse ? read_runs<V>(row + scan.columns - at - scan_run, -scan_run, true, to)
                          : read_runs<V>(row + at, scan_run, false, to);
    for (std::int64_t i = 0; i < scan_group; ++i)
      to[i % scan_run][i / scan_run] = i < count ? row[scan.reverse ? scan.columns - 1 - at - i : at + i] : S(0);
  }
  template <class V> GT_FN static void write_group(const T (&from)[16][16], T* row, std::int64_t at, std::int64_t count,
                                                   const Scanned& scan) {
    if (count == scan_group)
      return scan.reverse ? write_runs<V>(from, row + scan.columns - at - scan_run, -scan_run, true)
                          : write_runs<V>(from, row + at, scan_run, false);
    for (std::int64_t i = 0; i < count; ++i)
      row[scan.reverse ? scan.columns - 1 - at - i : at + i] = from[i % scan_run][i / scan_run];
  }
};

template <class Op> struct EachSlope {
  template <class V> GT_FN static void run(const void* op, const SlopePass& pass) {
    if (pass.carried) gradients<V>(*static_cast<const Op*>(op), pass);
    else slopes_of_next<V>(*static_cast<const Op*>(op), pass);
  }

 private:
  // In all places as if the rows were one, then where nothing stands on one side.
  template <class V> GT_FN static void gradients(const Op& op, const SlopePass& pass) {
    using S = typename Lanes<V>::S;
    const S *const x = static_cast<const S*>(pass.x), *const y = static_cast<const S*>(pass.y),
                   *const carried = static_cast<const S*>(pass.carried);
    S* const out = static_cast<S*>(pass.out);
    const std::int64_t step = pass.reverse ? -pass.inner : pass.inner;
    each_pack<V>(pass, -step, [&]<class P>(P, std::int64_t i) GT_INLINE {
      const auto slopes = op.slopes(load<P>(x, i), load<P>(y, i - step), load<P>(y, i));
      store<P>(out, i, chain(load<P>(carried, i), slopes.of[1]));
    });
    each_edge<V>(pass, pass.reverse, [&]<class P>(P, std::int64_t i) GT_INLINE {
      const auto slopes = op.slopes(load<P>(x, i), Pack<P>(S(Op::nothing)), load<P>(y, i));
      store<P>(out, i, chain(load<P>(carried, i), slopes.of[1]));
    });
  }
  template <class V> GT_FN static void slopes_of_next(const Op& op, const SlopePass& pass) {
    using S = typename Lanes<V>::S;
    const S *const x = static_cast<const S*>(pass.x), *const y = static_cast<const S*>(pass.y);
    S* const out = static_cast<S*>(pass.out);
    const std::int64_t step = pass.reverse ? -pass.inner : pass.inner;
    each_pack<V>(pass, step, [&]<class P>(P, std::int64_t i) GT_INLINE {
      store<P>(out, i, op.slopes(load<P>(x, i + step), load<P>(y, i), load<P>(y, i + step)).of[0]);
    });
    each_edge<V>(pass, !pass.reverse, [&]<class P>(P, std::int64_t i) GT_INLINE { store<P>(out, i, Pack<P>(S(0))); });
  }
  // Where there is an element so many further on.
  template <class V, class Each> GT_FN static void each_pack(const SlopePass& pass, std::int64_t further, Each each) {
    const std::int64_t all = pass.outer * pass.columns * pass.inner, low = further < 0 ? -further : 0,
                       high = further > 0 ? all - further : all;
    each_between<V>(pass.first < low ? low : pass.first, pass.last > high ? high : pass.last, each);
  }
  // Of each row the elements at one of its ends.
  template <class V, class Each> GT_FN static void each_edge(const SlopePass& pass, bool at_end, Each each) {
    const std::int64_t row = pass.columns * pass.inner;
    for (std::int64_t r = pass.first / row; r * row < pass.last; ++r) {
      const std::int64_t low = r * row + (at_end ? row - pass.inner : 0), high = low + pass.inner;
      each_between<V>(pass.first < low ? low : pass.first, pass.last > high ? high : pass.last, each);
    }
  }
  template <class V, class Each> GT_FN static void each_between(std::int64_t first, std::int64_t last, Each each) {
    for (; first + Lanes<V>::count <= last; first += Lanes<V>::count) each(V(), first);
    GT_UNROLL_BY_TWO
    for (; first < last; ++first) each(typename Lanes<V>::S(), first);
  }
};

template <class Op, class S> void join_scan_totals(const void* op, std::byte* states, std::int64_t count) {
  using Number = std::conditional_t<std::is_integral_v<S>, S, double>;
  using One = ScanState<Op, S, Pack<Number>>;
  const Steps<Op, S> steps{*static_cast<const Op*>(op)};
  auto state = [&](std::int64_t i) -> One& {
    return *reinterpret_cast<One*>(states + static_cast<std::size_t>(i) * scan_state_bytes);
  };
  for (std::int64_t i = 1; i < count; ++i) state(i) = steps.join(state(i - 1), state(i));
}

template <class Op, class S> constexpr ScanLoops scan_loops() {
  ScanLoops loops{};
  if constexpr (std::is_integral_v<S>)
    for (ScanFn& loop : loops.scan) loop = EachScan<Op, S>::template run<S>;
  else set_for_each_target<EachScan<Op, S>, S>(loops.scan);
  loops.join = join_scan_totals<Op, S>;
  return loops;
}

template <class Op> void scan_gradient(const void* op, Backward& ctx, Along along) {
  if constexpr (requires(const Op& self) { self.gradient(ctx, along); })
    static_cast<const Op*>(op)->gradient(ctx, along);
}

template <class Op>
Slopes<Tensor, 2> scan_slopes(const void* op, const Tensor& x, const Tensor& before, const Tensor& y) {
  return static_cast<const Op*>(op)->slopes(x, before, y);
}

template <class Op> constexpr ScanKernels Scan::kernels(const CudaKernels* cuda) {
  static_assert(rules::scan<Op>());
  ScanKernels row{};
  row.name = Op::name;
  row.backward = scan_backward;
  row.takes_directions = true;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  row.inputs = Steps<Op, float>::inputs;
  row.differentiable = says_slopes<Op> || requires(const Op& op, Backward& ctx) { op.gradient(ctx, Along()); };
  row.integers = requires { requires Op::integers; };
  row.places = gives_scan_place<Op>;
  if constexpr (requires { Op::keeps; }) row.keeps = Op::keeps;
  row.loops[0] = scan_loops<Op, float>();
  row.loops[1] = scan_loops<Op, double>();
  if constexpr (requires { requires Op::integers; }) row.loops[2] = scan_loops<Op, std::int64_t>();
  if constexpr (says_slopes<Op>) {
    row.keeps = 1u | 1u << row.inputs;
    set_for_each_target<EachSlope<Op>, float>(row.slope_loops[0]);
    set_for_each_target<EachSlope<Op>, double>(row.slope_loops[1]);
    row.slopes = scan_slopes<Op>;
    row.nothing = Op::nothing;
  }
  row.cuda = cuda;
  row.gradient = scan_gradient<Op>;
  row.samples = Op::samples;
  row.defaults = &default_made<Op>;
  return row;
}

}  // namespace gradtape
