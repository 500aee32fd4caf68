// What scans share on every device: the op's steps, and the shape in which they are taken. For loop and kernel files.
#pragma once

#include <gradtape/ops/math.h>
#include <gradtape/ops/row_words.h>

namespace gradtape {

template <class Op> constexpr bool gives_scan_place = requires { requires Op::places; };
template <class Op> constexpr bool says_slopes = requires { Op::nothing; };
// What stands in memory as a result.
template <class Op, class S> using ScanResult = std::conditional_t<gives_scan_place<Op>, std::int64_t, S>;

// The steps of an op on numbers that lie in memory as S, with those that it leaves out.
template <class Op, class S> struct Steps {
  static constexpr bool compensated = std::is_same_v<S, double> && requires { requires Op::sums; };
  static constexpr bool places = gives_scan_place<Op>;
  static constexpr int inputs = !places && requires(const Op& op, Pack<double> x) { op.start(x, x); } ? 2 : 1;
  Op op;

  // `other` is the second input, or the place.
  template <class Real> GT_FN auto start(Real x, Real other) const {
    if constexpr (compensated) return Compensated<Real>{x, Real(0)};
    else if constexpr (requires { op.start(x, other); }) return op.start(x, other);
    else if constexpr (requires { op.start(x); }) return op.start(x);
    else return x;
  }
  template <class State> GT_FN State join(State before, State after) const {
    if constexpr (compensated) {
      before.add(after);
      return before;
    } else {
      return op.join(before, after);
    }
  }
  template <class State> GT_FN auto finish(State state) const {
    if constexpr (compensated) return state.value();
    else if constexpr (requires { op.finish(state); }) return op.finish(state);
    else return state;
  }
};
template <class Op, class S, class Real>
using ScanState = decltype(std::declval<const Steps<Op, S>&>().start(std::declval<Real>(), std::declval<Real>()));

constexpr std::int64_t scan_run = 16, scan_group = 16 * scan_run, scan_tile = 16 * scan_group;

// All that comes before a run: see the shape of a scan in scan.h.
template <class State> struct Before {
  State runs;    // the whole ones of this group
  State groups;  // the whole ones of this tile
  State tiles;
  State above;  // tiles and groups

  // The state of a run, or of a group, that begins at step `at`.
  template <class Steps> GT_FN void take_run(const Steps& steps, State run, std::int64_t at) {
    runs = at % scan_group == 0 ? run : steps.join(runs, run);
    if ((at + scan_run) % scan_group == 0) take_group(steps, runs, at + scan_run - scan_group);
  }
  template <class Steps> GT_FN void take_group(const Steps& steps, State group, std::int64_t at) {
    groups = at % scan_tile == 0 ? group : steps.join(groups, group);
    if ((at + scan_group) % scan_tile == 0) {
      tiles = at < scan_tile ? groups : steps.join(tiles, groups);
      above = tiles;
    } else {
      above = at < scan_tile ? groups : steps.join(tiles, groups);
    }
  }
  // All before step `at` > 0, where a run begins.
  template <class Steps> GT_FN State all(const Steps& steps, std::int64_t at) const {
    if (at % scan_group == 0) return above;
    return at < scan_group ? runs : steps.join(above, runs);
  }
};

}  // namespace gradtape
