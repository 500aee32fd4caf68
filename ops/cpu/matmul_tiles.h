// Register tiles for matrix products that are too thin for a BLAS. For matmul.cpp.
#pragma once

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

// c[Rows, Packs · lanes] from outer products: each row of b meets one number of each row of a. `columns` of the last pack are written.
template <class S, int Bytes, int Rows, int Packs>
GT_FN void outer_tile(const Tile<S>& t, std::int64_t columns) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  Pack<V> sum[Rows][Packs];
  for (int r = 0; r < Rows; ++r)
    for (int p = 0; p < Packs; ++p) {
      V start{};
      if (t.add) {
        if (columns == Packs * lanes) __builtin_memcpy(&start, t.c + r * t.c_stride + p * lanes, sizeof start);
        else for (int l = 0; p * lanes + l < columns && l < lanes; ++l) start[l] = t.c[r * t.c_stride + p * lanes + l];
      } else if (t.bias) {
        for (int l = 0; p * lanes + l < columns && l < lanes; ++l) start[l] = t.bias[p * lanes + l];
      }
      sum[r][p] = Pack<V>(start);
    }
  const S *a = t.a, *b = t.b;
  for (std::int64_t i = 0; i < t.k; ++i, a += t.a_column, b += t.b_stride) {
    Pack<V> row[Packs];
    for (int p = 0; p < Packs; ++p) row[p] = load<V>(b, p * lanes);
    for (int r = 0; r < Rows; ++r) {
      const Pack<V> one(V{} + a[r * t.a_row]);
      for (int p = 0; p < Packs; ++p) sum[r][p] = fma(one, row[p], sum[r][p]);
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int p = 0; p < Packs; ++p) {
      S* to = t.c + r * t.c_stride + p * lanes;
      if (columns == Packs * lanes) store<V>(to, 0, sum[r][p]);
      else for (int l = 0; p * lanes + l < columns && l < lanes; ++l) to[l] = sum[r][p].v[l];
    }
}

// c[Rows, Columns] from dot products along k: rows of a and columns of b both lie dense.
template <class S, int Bytes, int Rows, int Columns>
GT_FN void dot_tile(const Tile<S>& t) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  Pack<V> sum[Rows][Columns];
  for (auto& row : sum)
    for (auto& s : row) s = Pack<V>(V{});
  std::int64_t i = 0;
  for (; i + lanes <= t.k; i += lanes) {
    Pack<V> x[Rows];
    for (int r = 0; r < Rows; ++r) x[r] = load<V>(t.a, r * t.a_row + i);
    for (int c = 0; c < Columns; ++c) {
      const Pack<V> w = load<V>(t.b, c * t.b_stride + i);
      for (int r = 0; r < Rows; ++r) sum[r][c] = fma(x[r], w, sum[r][c]);
    }
  }
  if (i < t.k) {
    const auto bytes = static_cast<std::size_t>(t.k - i) * sizeof(S);
    V x[Rows] = {};
    for (int r = 0; r < Rows; ++r) __builtin_memcpy(&x[r], t.a + r * t.a_row + i, bytes);
    for (int c = 0; c < Columns; ++c) {
      V w{};
      __builtin_memcpy(&w, t.b + c * t.b_stride + i, bytes);
      for (int r = 0; r < Rows; ++r) sum[r][c] = fma(Pack<V>(x[r]), Pack<V>(w), sum[r][c]);
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < Columns; ++c) {
      V v = sum[r][c].v;
      for (int half = lanes / 2; half > 0; half /= 2)
        for (int l = 0; l < half; ++l) v[l] += v[l + half];
      t.c[r * t.c_stride + c] = v[0] + (t.bias ? t.bias[c] : S(0));
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
