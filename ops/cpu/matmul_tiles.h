// Register tiles for matrix products that are too thin for a BLAS. For matmul.cpp.
#pragma once

#include <utility>

#include <gradtape/ops/cpu/targets.h>

namespace gradtape {

// A tile of c: rows × columns, or as many as are left.
template <class S>
struct Tile {
  S* c;
  std::int64_t c_stride;
  const S* a;
  std::int64_t a_row, a_column;  // strides
  const S* b;
  std::int64_t b_stride;         // between rows (outer) or columns (dots) of b; the other stride is 1
  std::int64_t k;
  const S* bias;                 // of the tile's first column, or null
  bool add;                      // to what c holds
};

template <class V>
GT_FN V fma_of(V a, V b, V c) { return fma(Pack<V>(a), Pack<V>(b), Pack<V>(c)).v; }
template <class V, class S>
GT_FN V read(const S* from) {
  V v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
template <class V, class S>
GT_FN V read_some(const S* from, std::int64_t count) {
  S some[sizeof(V) / sizeof(S)] = {};
  for (std::int64_t l = 0; l < count; ++l) some[l] = from[l];
  return read<V>(some);
}

// c[Rows, Packs · lanes] from outer products: each row of b meets one number of each row of a. Of the last pack, `columns` - what the
// packs before it hold are read and written.
template <class S, int Bytes, int Rows, int Packs>
GT_FN void outer_tile(const Tile<S>& t, std::int64_t columns) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  const std::int64_t last = columns - (Packs - 1) * lanes;
  V sum[Rows][Packs];
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int p = 0; p < Packs; ++p) {
    const S* from = t.add ? t.c + r * t.c_stride + p * lanes : t.bias ? t.bias + p * lanes : nullptr;
    sum[r][p] = !from ? V{} : p + 1 < Packs || last == lanes ? read<V>(from) : read_some<V>(from, last);
  }
  const S *a = t.a, *b = t.b;
  for (std::int64_t i = 0; i < t.k; ++i, a += t.a_column, b += t.b_stride) {
    V row[Packs];
    GT_UNROLL for (int p = 0; p < Packs; ++p) row[p] = read<V>(b + p * lanes);
    GT_UNROLL for (int r = 0; r < Rows; ++r) {
      const V one = a[r * t.a_row] - V{};
      GT_UNROLL for (int p = 0; p < Packs; ++p) sum[r][p] = fma_of(one, row[p], sum[r][p]);
    }
  }
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int p = 0; p < Packs; ++p) {
    S* to = t.c + r * t.c_stride + p * lanes;
    if (p + 1 < Packs || last == lanes) __builtin_memcpy(to, &sum[r][p], sizeof(V));
    else for (std::int64_t l = 0; l < last; ++l) to[l] = sum[r][p][l];
  }
}

// Sums of neighbouring lanes: those of a, then those of b.
template <class S, int Count, std::size_t... I>
GT_FN Vec<S, Count> add_neighbours(Vec<S, Count> a, Vec<S, Count> b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, int(2 * I)...) + __builtin_shufflevector(a, b, int(2 * I + 1)...);
}
// The totals of so many packs, side by side: half as many packs with half as many parts of each, until one pack holds them all.
template <class S, int Count, int Packs>
GT_FN Vec<S, Count> totals_of(const Vec<S, Count> (&packs)[Packs]) {
  Vec<S, Count> level[Packs];
  GT_UNROLL for (int i = 0; i < Packs; ++i) level[i] = packs[i];
  GT_UNROLL for (int parts = Count, left = Packs; parts > 1; parts /= 2, left = (left + 1) / 2)
    GT_UNROLL for (int i = 0; i < (left + 1) / 2; ++i)
      level[i] = add_neighbours<S, Count>(level[2 * i], level[2 * i + 1 < left ? 2 * i + 1 : 2 * i], std::make_index_sequence<Count>());
  return level[0];
}

// c[Rows, Columns] from dot products along k: rows of a and columns of b both lie dense.
template <class S, int Bytes, int Rows, int Columns>
GT_FN void dot_tile(const Tile<S>& t) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  V sum[Rows][Columns];
  const std::int64_t rest = t.k % lanes, whole = t.k - rest;
  if (rest) {  // first, while the registers are free
    V x[Rows], w[Columns];
    for (int r = 0; r < Rows; ++r) x[r] = read_some<V>(t.a + r * t.a_row + whole, rest);
    for (int c = 0; c < Columns; ++c) w[c] = read_some<V>(t.b + c * t.b_stride + whole, rest);
    GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int c = 0; c < Columns; ++c) sum[r][c] = x[r] * w[c];
  } else {
    GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int c = 0; c < Columns; ++c) sum[r][c] = V{};
  }
  for (std::int64_t i = 0; i < whole; i += lanes) {
    V x[Rows];
    GT_UNROLL for (int r = 0; r < Rows; ++r) x[r] = read<V>(t.a + r * t.a_row + i);
    GT_UNROLL for (int c = 0; c < Columns; ++c) {
      const V w = read<V>(t.b + c * t.b_stride + i);
      GT_UNROLL for (int r = 0; r < Rows; ++r) sum[r][c] = fma_of(x[r], w, sum[r][c]);
    }
  }
  constexpr int group = Columns < lanes ? Columns : lanes;
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int c = 0; c < Columns; c += group) {
    V some[group];
    GT_UNROLL for (int i = 0; i < group; ++i) some[i] = sum[r][c + i < Columns ? c + i : c];
    const V totals = totals_of<S, lanes, group>(some);
    S values[lanes];
    __builtin_memcpy(values, &totals, sizeof values);
    for (int i = 0; i < group && c + i < Columns; ++i) t.c[r * t.c_stride + c + i] = values[i] + (t.bias ? t.bias[c + i] : S(0));
  }
}

template <class S>
using TileFn = void (*)(const Tile<S>& tile, std::int64_t columns);

constexpr int most_rows = 12;  // of an outer tile: 24 packs of sums, two of b
constexpr int most_dots = 10;  // columns of a dot tile: 20 packs of sums for two rows

template <class S, int Rows, int Packs> GT_512 void outer_512(const Tile<S>& t, std::int64_t columns) { outer_tile<S, 64, Rows, Packs>(t, columns); }
template <class S, int Rows, int Packs> GT_256 void outer_256(const Tile<S>& t, std::int64_t columns) { outer_tile<S, 32, Rows, Packs>(t, columns); }
template <class S, int Rows, int Columns> GT_512 void dot_512(const Tile<S>& t, std::int64_t) { dot_tile<S, 64, Rows, Columns>(t); }
template <class S, int Rows, int Columns> GT_256 void dot_256(const Tile<S>& t, std::int64_t) { dot_tile<S, 32, Rows, Columns>(t); }

// [rows - 1][packs - 1] and [rows - 1][columns - 1] for one instruction set.
template <class S>
struct Tiles {
  int lanes;
  TileFn<S> outer[most_rows][2];
  TileFn<S> dots[2][most_dots];
};

}  // namespace gradtape
