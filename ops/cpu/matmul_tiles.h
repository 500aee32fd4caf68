// Register tiles for matrix products, and the panels they read. For matmul.cpp.
#pragma once

#include <bit>

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/cpu/transpose.h>

namespace gradtape {

// Memory that is fetched meanwhile. An outer tile fetches a panel's width of it at each step along k, `run` steps along
// one row, then along the next; a dot tile as many rows as it reads.
struct Ahead {
  const void* data;
  std::int64_t stride, step;  // bytes between rows, and between steps
  std::int64_t run;
};

// A tile of c: rows × columns, or as many as are left.
template <class S>
struct Tile {
  S* c;
  std::int64_t c_stride;
  const S* a;
  std::int64_t a_stride;  // outer: between steps along k, with the rows side by side; dots: between rows
  const S* b;
  std::int64_t b_stride;  // outer: between steps along k; dots: between columns
  std::int64_t k;
  const S* bias;  // of the tile's first column, or null
  bool add;  // to what c holds
  Ahead ahead;
};

template <class V>
GT_FN V fma_of(V a, V b, V c) {
  return fma(Pack<V>(a), Pack<V>(b), Pack<V>(c)).v;
}
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

// c[Rows, Packs · lanes] from outer products: each row of b meets one number of each row of a. Of the last pack,
// `columns` - what the packs before it hold are read and written.
template <class S, int Bytes, int Rows, int Packs>
GT_FN void outer_tile(const Tile<S>& t, std::int64_t columns) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  const std::int64_t last = columns - (Packs - 1) * lanes;
  V sum[Rows][Packs];
  GT_UNROLL
  for (int r = 0; r < Rows; ++r) GT_UNROLL
  for (int p = 0; p < Packs; ++p) {
    const S* from = t.add ? t.c + r * t.c_stride + p * lanes : t.bias ? t.bias + p * lanes : nullptr;
    sum[r][p] = !from ? V{} : p + 1 < Packs || last == lanes ? read<V>(from) : read_some<V>(from, last);
    __builtin_prefetch(t.c + r * t.c_stride + p * lanes, 1);  // to be written when the sums are done
  }
  const S *a = t.a, *b = t.b;
  const char* ahead = static_cast<const char*>(t.ahead.data);
  for (std::int64_t left = t.k; left > 0; left -= t.ahead.run, ahead += t.ahead.stride) {
    const char* next = ahead;
    for (std::int64_t i = left < t.ahead.run ? left : t.ahead.run; i > 0;
         --i, a += t.a_stride, b += t.b_stride, next += t.ahead.step) {
      GT_UNROLL
      for (int line = 0; line < Packs * Bytes; line += 64) __builtin_prefetch(next + line, 0, 2);
      V row[Packs];
      GT_UNROLL
      for (int p = 0; p < Packs; ++p) row[p] = read<V>(b + p * lanes);
      GT_UNROLL
      for (int r = 0; r < Rows; ++r) {
        const V one = a[r] - V{};
        GT_UNROLL
        for (int p = 0; p < Packs; ++p) sum[r][p] = fma_of(one, row[p], sum[r][p]);
      }
    }
  }
  GT_UNROLL
  for (int r = 0; r < Rows; ++r) GT_UNROLL
  for (int p = 0; p < Packs; ++p) {
    S* to = t.c + r * t.c_stride + p * lanes;
    if (p + 1 < Packs || last == lanes) __builtin_memcpy(to, &sum[r][p], sizeof(V));
    else
      for (std::int64_t l = 0; l < last; ++l) to[l] = sum[r][p][l];
  }
}

// The first `Count` lanes from `From` on, in as few pieces as they take: never by way of memory, which would wait for
// itself.
template <int Count, int From = 0, class V, class S>
GT_FN void store_first(V x, S* to) {
  if constexpr (From < Count) {
    constexpr int some = static_cast<int>(std::bit_floor(static_cast<unsigned>(Count - From)));
    const auto part = lanes_of<From>(x, std::make_index_sequence<some>());
    __builtin_memcpy(to + From, &part, sizeof part);
    store_first<Count, From + some>(x, to);
  }
}

// A row of c: the total of each pack, and the bias.
template <int First, class V, int Columns, class S>
GT_FN void store_totals(const V (&sums)[Columns], const V* bias, S* to) {
  if constexpr (First < Columns) {
    constexpr int lanes = Lanes<V>::count, group = Columns - First < lanes ? Columns - First : lanes;
    V some[group];
    GT_UNROLL
    for (int i = 0; i < group; ++i) some[i] = sums[First + i];
    store_first<group>(totals_of(some) + bias[First / lanes], to + First);
    store_totals<First + group>(sums, bias, to);
  }
}

// c[Rows, Columns] from dot products along k: rows of a and columns of b both lie dense.
template <class S, int Bytes, int Rows, int Columns>
GT_FN void dot_tile(const Tile<S>& t, const S* a, const Vec<S, Bytes / sizeof(S)>* bias, S* to) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  V sum[Rows][Columns];
  const std::int64_t rest = t.k % lanes, whole = t.k - rest;
  if (rest) {  // first, while the registers are free
    V x[Rows], w[Columns];
    for (int r = 0; r < Rows; ++r) x[r] = read_some<V>(a + r * t.a_stride + whole, rest);
    for (int c = 0; c < Columns; ++c) w[c] = read_some<V>(t.b + c * t.b_stride + whole, rest);
    GT_UNROLL
    for (int r = 0; r < Rows; ++r) GT_UNROLL
    for (int c = 0; c < Columns; ++c) sum[r][c] = x[r] * w[c];
  } else {
    GT_UNROLL
    for (int r = 0; r < Rows; ++r) GT_UNROLL
    for (int c = 0; c < Columns; ++c) sum[r][c] = V{};
  }
  const char* ahead = static_cast<const char*>(t.ahead.data) + (a - t.a) * static_cast<std::int64_t>(sizeof(S));
  for (std::int64_t i = 0; i < whole; i += lanes) {
    V x[Rows];
    GT_UNROLL
    for (int r = 0; r < Rows; ++r) {
      x[r] = read<V>(a + r * t.a_stride + i);
      __builtin_prefetch(ahead + r * t.ahead.stride + i * static_cast<std::int64_t>(sizeof(S)));
    }
    GT_UNROLL
    for (int c = 0; c < Columns; ++c) {
      V w = read<V>(t.b + c * t.b_stride + i);
      in_register(w);  // one load for all rows: in memory operands it would be one for each
      GT_UNROLL
      for (int r = 0; r < Rows; ++r) sum[r][c] = fma_of(x[r], w, sum[r][c]);
    }
  }
  GT_UNROLL
  for (int r = 0; r < Rows; ++r) store_totals<0>(sum[r], bias, to + r * t.c_stride);
}
template <class S, int Bytes, int Columns>
GT_FN void dot_rows(const Tile<S>& t, std::int64_t rows) {
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  Vec<S, lanes> bias[(Columns + lanes - 1) / lanes] = {};
  if (t.bias) __builtin_memcpy(bias, t.bias, Columns * sizeof(S));
  std::int64_t i = 0;
  for (; i + 2 <= rows; i += 2) dot_tile<S, Bytes, 2, Columns>(t, t.a + i * t.a_stride, bias, t.c + i * t.c_stride);
  if (i < rows) dot_tile<S, Bytes, 1, Columns>(t, t.a + i * t.a_stride, bias, t.c + i * t.c_stride);
}

// A panel: `lines` lines of a matrix side by side, width numbers at each step along k; zeros, or anything, behind the
// lines.
template <class S>
struct Panel {
  const S* from;
  std::int64_t across, along;  // strides between lines and along k
  std::int64_t lines, k, width;
  S* to;  // [k, width]; width is a multiple of the lanes
};

// Some steps of a panel whose lines lie dense: blocks of them are turned round in registers. Returns how many steps
// that was.
template <class V, class S>
GT_FN std::int64_t turn_lines(const S* from, std::int64_t across, std::int64_t lines, std::int64_t k,
                              std::int64_t width, S* to) {
  constexpr int lanes = Lanes<V>::count;
  for (std::int64_t first = 0; first < lines; first += lanes) {
    const bool whole = first + lanes <= lines;
    const S* line = from + first * across;
    S* at = to + first;
    for (std::int64_t i = 0; i + lanes <= k; i += lanes, line += lanes) {
      V block[lanes];
      if (whole) GT_UNROLL
      for (int l = 0; l < lanes; ++l) block[l] = read<V>(line + l * across);
      else GT_UNROLL
      for (int l = 0; l < lanes; ++l) block[l] = first + l < lines ? read<V>(line + l * across) : V{};
      transpose(block);
      GT_UNROLL
      for (int l = 0; l < lanes; ++l, at += width) __builtin_memcpy(at, &block[l], sizeof(V));
    }
  }
  return k / lanes * lanes;
}

template <class S, int Bytes>
GT_FN void pack_panel(const Panel<S>& panel) {
  using V = Vec<S, Bytes / static_cast<int>(sizeof(S))>;
  constexpr int lanes = Lanes<V>::count;
  const Panel<S> p = panel;
  std::int64_t packed = 0;  // steps along k that are done
  if (p.along == 1) {
    packed = turn_lines<V>(p.from, p.across, p.lines, p.k, p.width, p.to);
  } else if (p.across == 1 && p.lines == 2 * lanes) {
    for (; packed < p.k; ++packed)
      for (int l = 0; l < 2 * lanes; l += lanes) {
        const V some = read<V>(p.from + packed * p.along + l);
        __builtin_memcpy(p.to + packed * p.width + l, &some, sizeof some);
      }
  }
  for (; packed < p.k; ++packed) {
    S* to = p.to + packed * p.width;
    for (std::int64_t l = 0; l < p.width; ++l) to[l] = l < p.lines ? p.from[l * p.across + packed * p.along] : S(0);
  }
}

constexpr int most_rows = 12;  // of an outer tile: 24 packs of sums, two of b
constexpr int most_dots = 10;  // columns of a dot tile: 20 packs of sums for two rows

template <class S, int Rows, int Packs> GT_512 void outer_512(const Tile<S>& t, std::int64_t columns) {
  outer_tile<S, 64, Rows, Packs>(t, columns);
}
template <class S, int Rows, int Packs> GT_256 void outer_256(const Tile<S>& t, std::int64_t columns) {
  outer_tile<S, 32, Rows, Packs>(t, columns);
}
template <class S, int Columns> GT_512 void dots_512(const Tile<S>& t, std::int64_t rows) {
  dot_rows<S, 64, Columns>(t, rows);
}
template <class S, int Columns> GT_256 void dots_256(const Tile<S>& t, std::int64_t rows) {
  dot_rows<S, 32, Columns>(t, rows);
}
template <class S> GT_512 void pack_512(const Panel<S>& p) { pack_panel<S, 64>(p); }
template <class S> GT_256 void pack_256(const Panel<S>& p) { pack_panel<S, 32>(p); }

// For one instruction set: outer[rows - 1][packs - 1] and dots[columns - 1], as far as its registers go.
template <class S>
struct Tiles {
  int lanes, rows, columns;
  void (*outer[most_rows][2])(const Tile<S>& tile, std::int64_t columns);
  void (*dots[most_dots])(const Tile<S>& tile, std::int64_t rows);
  void (*pack)(const Panel<S>&);
};

}  // namespace gradtape
