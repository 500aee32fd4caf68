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
  V v{};
  for (std::int64_t l = 0; l < count; ++l) v[l] = from[l];
  return v;
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
      const V one = V{} + a[r * t.a_row];
      GT_UNROLL for (int p = 0; p < Packs; ++p) sum[r][p] = fma_of(one, row[p], sum[r][p]);
    }
  }
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int p = 0; p < Packs; ++p) {
    S* to = t.c + r * t.c_stride + p * lanes;
    if (p + 1 < Packs || last == lanes) __builtin_memcpy(to, &sum[r][p], sizeof(V));
    else for (std::int64_t l = 0; l < last; ++l) to[l] = sum[r][p][l];
  }
}

// The sum of a pack's lanes, by halves.
template <class S, int Count>
GT_FN S total_of(Vec<S, Count> v) {
  if constexpr (Count == 1) {
    return v[0];
  } else {
    Vec<S, Count / 2> low, high;
    __builtin_memcpy(&low, &v, sizeof low);
    __builtin_memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
    return total_of<S, Count / 2>(low + high);
  }
}

// c[Rows, Columns] from dot products along k: rows of a and columns of b both lie dense.
template <class S, int Bytes, int Rows, int Columns>
GT_FN void dot_tile(const Tile<S>& t) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  V sum[Rows][Columns];
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int c = 0; c < Columns; ++c) sum[r][c] = V{};
  std::int64_t i = 0;
  for (; i + lanes <= t.k; i += lanes) {
    V x[Rows];
    GT_UNROLL for (int r = 0; r < Rows; ++r) x[r] = read<V>(t.a + r * t.a_row + i);
    GT_UNROLL for (int c = 0; c < Columns; ++c) {
      const V w = read<V>(t.b + c * t.b_stride + i);
      GT_UNROLL for (int r = 0; r < Rows; ++r) sum[r][c] = fma_of(x[r], w, sum[r][c]);
    }
  }
  if (i < t.k) {
    V x[Rows];
    GT_UNROLL for (int r = 0; r < Rows; ++r) x[r] = read_some<V>(t.a + r * t.a_row + i, t.k - i);
    GT_UNROLL for (int c = 0; c < Columns; ++c) {
      const V w = read_some<V>(t.b + c * t.b_stride + i, t.k - i);
      GT_UNROLL for (int r = 0; r < Rows; ++r) sum[r][c] = fma_of(x[r], w, sum[r][c]);
    }
  }
  GT_UNROLL for (int r = 0; r < Rows; ++r) GT_UNROLL for (int c = 0; c < Columns; ++c)
    t.c[r * t.c_stride + c] = total_of<S, lanes>(sum[r][c]) + (t.bias ? t.bias[c] : S(0));
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
