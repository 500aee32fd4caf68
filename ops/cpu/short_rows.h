// Short rows side by side, a row in each lane of a pack. For loop files.
#pragma once

#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/cpu/transpose.h>

namespace gradtape {

// Rows up to this length are laid into lanes.
constexpr std::int64_t short_row = 48;

// ScratchBuffer for the short rows of one pack, and the pack that is read or written behind them.
template <class V, std::int64_t Longest = short_row>
struct LaneRoom {
  using S = typename Lanes<V>::S;
  static constexpr int lanes = Lanes<V>::count;
  alignas(64) S data[(Longest + lanes) * lanes];

  GT_FN LaneRow<V> row(std::int64_t columns) { return {data, columns, lanes, data + columns * lanes}; }
};

// Rows into lanes and back, by square blocks that are turned round in registers. Reads and writes up to a pack behind
// the last row.
template <class V, class S>
GT_FN void into_lanes(const S* from, std::int64_t columns, S* to) {
  constexpr int lanes = Lanes<V>::count;
  for (std::int64_t c = 0; c < columns; c += lanes) {
    V block[lanes];
    GT_UNROLL
    for (int r = 0; r < lanes; ++r) block[r] = load<V>(from + c, r * columns).v;
    transpose(block);
    GT_UNROLL
    for (int l = 0; l < lanes; ++l) store<V>(to, (c + l) * lanes, Pack<V>(block[l]));
  }
}
template <class V, class S>
GT_FN void out_of_lanes(const S* from, std::int64_t columns, S* to) {
  constexpr int lanes = Lanes<V>::count;
  // From the last block to the first, and rows upwards: what a pack writes past its row's end is written over.
  for (std::int64_t c = (columns - 1) / lanes * lanes; c >= 0; c -= lanes) {
    V block[lanes];
    GT_UNROLL
    for (int l = 0; l < lanes; ++l) block[l] = load<V>(from, (c + l) * lanes).v;
    transpose(block);
    GT_UNROLL
    for (int r = 0; r < lanes; ++r) store<V>(to + c, r * columns, Pack<V>(block[r]));
  }
}

// As many rows as a pack has lanes, or as lie before `end`, into lanes. Nothing behind `end` is read.
template <class V, std::int64_t Longest, class S>
GT_FN void read_short_rows(const S* from, std::int64_t columns, const S* end, LaneRoom<V, Longest>& to) {
  constexpr int lanes = Lanes<V>::count;
  if (end - from >= lanes * columns + lanes) [[likely]]
    return into_lanes<V>(from, columns, to.data);
  LaneRoom<V, Longest> copy;
  const std::int64_t there = end - from < lanes * columns ? end - from : lanes * columns;
  __builtin_memcpy(copy.data, from, static_cast<std::size_t>(there) * sizeof(S));
  for (std::int64_t i = there; i < lanes * columns + lanes; i += lanes) store<V>(copy.data, i, Pack<V>(0));
  into_lanes<V>(copy.data, columns, to.data);
}
// And back to `out`; nothing else is written.
template <class V, std::int64_t Longest, class S>
GT_FN void write_short_rows(const LaneRoom<V, Longest>& from, std::int64_t columns, S* out, const S* end) {
  constexpr int lanes = Lanes<V>::count;
  LaneRoom<V, Longest> rows;
  out_of_lanes<V>(from.data, columns, rows.data);
  if (end - out < lanes * columns) __builtin_memcpy(out, rows.data, static_cast<std::size_t>(end - out) * sizeof(S));
  else
    for (std::int64_t i = 0; i < columns * lanes; i += lanes) store<V>(out, i, load<V>(rows.data, i));
}

}  // namespace gradtape
