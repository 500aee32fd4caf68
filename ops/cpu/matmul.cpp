#include <gradtape/ops/cpu/matmul.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include <cblas.h>

#include <gradtape/autograd/memory.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/matmul_tiles.h>
#include <gradtape/ops/cpu/team.h>

// Present when the BLAS is OpenBLAS: its own threads would fight ours.
extern "C" [[gnu::weak]] void openblas_set_num_threads(int);

namespace gradtape {
namespace {

// Memory for one product, from the thread's spare blocks.
template <class S>
class Scratch {
 public:
  explicit Scratch(std::int64_t count) : bytes_(static_cast<std::size_t>(std::max<std::int64_t>(1, count)) * sizeof(S)), data_(static_cast<S*>(take_block(bytes_))) {}
  ~Scratch() { give_block(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  S* data() const { return data_; }

 private:
  std::size_t bytes_;
  S* data_;
};

template <class S>
struct Product {
  S* c;
  std::int64_t m, n, k;
  const S* a;
  std::int64_t a_row, a_column;
  const S* b;
  std::int64_t b_row, b_column;
  const S* bias;
};

#if defined(__x86_64__)
template <class S, std::size_t... R, std::size_t... C>
constexpr Tiles<S> tiles_512(std::index_sequence<R...>, std::index_sequence<C...>) {
  return {64 / sizeof(S), {{outer_512<S, R + 1, 1>, outer_512<S, R + 1, 2>}...}, {{dot_512<S, 1, C + 1>...}, {dot_512<S, 2, C + 1>...}}};
}
template <class S, std::size_t... R, std::size_t... C>
constexpr Tiles<S> tiles_256(std::index_sequence<R...>, std::index_sequence<C...>) {
  // Sixteen registers: six rows of two packs.
  return {32 / sizeof(S), {{outer_256<S, R + 1, 1>, outer_256<S, R + 1, 2>}...}, {{dot_256<S, 1, C + 1>...}, {dot_256<S, 2, C + 1>...}}};
}
template <class S>
constexpr Tiles<S> all_tiles[2] = {tiles_256<S>(std::make_index_sequence<most_rows>(), std::make_index_sequence<most_dots>()),
                                   tiles_512<S>(std::make_index_sequence<most_rows>(), std::make_index_sequence<most_dots>())};
#endif

// Which row and column counts a tile takes at most.
struct Limits {
  std::int64_t rows, dots;
};
Limits limits() { return cpu_level() == 2 ? Limits{12, 10} : Limits{6, 5}; }

constexpr std::int64_t depth = 256;  // of k for which a tile's part of b stays in the cache

// c by outer products, b's rows dense. Cut into column blocks; along k in steps that keep b near.
template <class S>
void by_outer_products(const Tiles<S>& tiles, const Product<S>& p) {
  const std::int64_t width = 2 * tiles.lanes, blocks = (p.n + width - 1) / width;
  const std::int64_t rows = limits().rows;
  const std::int64_t per_task = p.m * p.k * width < (1 << 16) ? blocks : 1;
  parallel_for((blocks + per_task - 1) / per_task, [&](std::int64_t task) {
    const std::int64_t first_block = task * per_task, last_block = std::min(blocks, first_block + per_task);
    for (std::int64_t from = 0; from == 0 || from < p.k; from += depth)
      for (std::int64_t block = first_block; block < last_block; ++block) {
        const std::int64_t j = block * width, columns = std::min(width, p.n - j);
        const int packs = columns > tiles.lanes ? 2 : 1;
        for (std::int64_t i = 0; i < p.m; i += rows) {
          const std::int64_t count = std::min(rows, p.m - i);
          const Tile<S> tile{p.c + i * p.n + j, p.n, p.a + i * p.a_row + from * p.a_column, p.a_row, p.a_column, p.b + from * p.b_row + j, p.b_row,
                             std::min(depth, p.k - from), p.bias ? p.bias + j : nullptr, from > 0};
          tiles.outer[count - 1][packs - 1](tile, columns);
        }
      }
  });
}

// b's columns from `first` on as dense rows of whole packs, zeros behind.
template <class S>
void pack_columns(const Product<S>& p, std::int64_t first, std::int64_t columns, std::int64_t width, S* to) {
  for (std::int64_t i = 0; i < p.k; ++i, to += width) {
    for (std::int64_t j = 0; j < columns; ++j) to[j] = p.b[i * p.b_row + (first + j) * p.b_column];
    std::memset(to + columns, 0, static_cast<std::size_t>(width - columns) * sizeof(S));
  }
}

// c by outer products with b packed first: few columns, however they lie.
template <class S>
void by_packed_columns(const Tiles<S>& tiles, const Product<S>& p) {
  const std::int64_t width = (p.n + tiles.lanes - 1) / tiles.lanes * tiles.lanes;
  const Scratch<S> packed(p.k * width);
  pack_columns(p, 0, p.n, width, packed.data());
  const std::int64_t rows = limits().rows;
  const std::int64_t tasks = (p.m + rows - 1) / rows, per_task = std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(1, rows * p.k * width));
  parallel_for((tasks + per_task - 1) / per_task, [&](std::int64_t task) {
    for (std::int64_t i = task * per_task * rows; i < std::min(p.m, (task + 1) * per_task * rows); i += rows)
      for (std::int64_t j = 0; j < p.n; j += 2 * tiles.lanes) {
        const std::int64_t count = std::min(rows, p.m - i), columns = std::min<std::int64_t>(2 * tiles.lanes, p.n - j);
        const Tile<S> tile{p.c + i * p.n + j, p.n, p.a + i * p.a_row, p.a_row, p.a_column, packed.data() + j, width, p.k, p.bias ? p.bias + j : nullptr, false};
        tiles.outer[count - 1][columns > tiles.lanes](tile, columns);
      }
  });
}

// c by dot products: rows of a and columns of b dense.
template <class S>
void by_dots(const Tiles<S>& tiles, const Product<S>& p) {
  const std::int64_t most = limits().dots;
  const std::int64_t per_task = std::max<std::int64_t>(2, (1 << 16) / std::max<std::int64_t>(1, p.k * p.n) / 2 * 2);
  parallel_for((p.m + per_task - 1) / per_task, [&](std::int64_t task) {
    for (std::int64_t i = task * per_task; i < std::min(p.m, (task + 1) * per_task); i += 2)
      for (std::int64_t j = 0; j < p.n; j += most) {
        const std::int64_t rows = std::min<std::int64_t>(2, p.m - i), columns = std::min(most, p.n - j);
        const Tile<S> tile{p.c + i * p.n + j, p.n, p.a + i * p.a_row, p.a_row, 1, p.b + j * p.b_column, p.b_column, p.k, p.bias ? p.bias + j : nullptr, false};
        tiles.dots[rows - 1][columns - 1](tile, columns);
      }
  });
}

// A matrix as BLAS takes it: one stride 1, the other at least as long as the line.
template <class S>
struct BlasMatrix {
  const S* data;
  CBLAS_TRANSPOSE transposed;
  int stride;

  static bool takes(std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column) {
    auto fits = [](std::int64_t stride, std::int64_t line) { return stride >= std::max<std::int64_t>(1, line) && stride <= INT_MAX; };
    return (column == 1 && fits(row, columns)) || (row == 1 && fits(column, rows));
  }
  BlasMatrix(const S* from, std::int64_t columns, std::int64_t row, std::int64_t column)
      : data(from), transposed(column == 1 && row >= columns ? CblasNoTrans : CblasTrans), stride(static_cast<int>(transposed == CblasNoTrans ? row : column)) {}
};

void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}
void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a, int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

// Tiles of c, each one call of BLAS on one thread.
template <class S>
void by_blas(const Product<S>& p) {
  static const bool alone = openblas_set_num_threads ? (openblas_set_num_threads(1), true) : false;
  (void)alone;
  constexpr std::int64_t tile = 512;
  const std::int64_t down = (p.m + tile - 1) / tile, across = (p.n + tile - 1) / tile;
  parallel_for(down * across, [&](std::int64_t number) {
    const std::int64_t i = number / across * tile, j = number % across * tile;
    const std::int64_t rows = std::min(tile, p.m - i), columns = std::min(tile, p.n - j);
    S* c = p.c + i * p.n + j;
    if (p.bias)
      for (std::int64_t r = 0; r < rows; ++r) std::memcpy(c + r * p.n, p.bias + j, static_cast<std::size_t>(columns) * sizeof(S));
    const BlasMatrix<S> a(p.a + i * p.a_row, p.k, p.a_row, p.a_column), b(p.b + j * p.b_column, p.n, p.b_row, p.b_column);
    gemm(a.transposed, b.transposed, static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(p.k), a.data, a.stride, b.data, b.stride,
         p.bias ? S(1) : S(0), c, static_cast<int>(p.n));
  });
}

// A dense copy of a matrix, for strides that no kernel takes.
template <class S>
void copy_dense(const S* from, std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column, S* to) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[i * columns + j] = from[i * row + j * column];
}

template <class S>
void multiply(const Product<S>& p) {
  if (p.k > INT_MAX || p.n > INT_MAX || !BlasMatrix<S>::takes(p.m, p.k, p.a_row, p.a_column)) {
    const Scratch<S> dense(p.m * p.k);
    copy_dense(p.a, p.m, p.k, p.a_row, p.a_column, dense.data());
    Product<S> q = p;
    q.a = dense.data(), q.a_row = std::max<std::int64_t>(1, p.k), q.a_column = 1;
    return by_blas(q);
  }
  by_blas(p);
}

template <class S>
void choose(const Product<S>& p) {
#if defined(__x86_64__)
  if (cpu_level() > 0) {
    const Tiles<S>& tiles = all_tiles<S>[cpu_level() - 1];
    const bool dots = p.a_column == 1 && p.b_row == 1;
    const bool thin = std::min(p.m, p.n) <= 16 || p.k <= 16 || p.m * p.n * p.k <= 32 * 32 * 32;
    if (thin && dots && p.n <= 32 && p.k >= 32 * tiles.lanes / 2) return by_dots(tiles, p);
    if (thin && p.n <= 2 * tiles.lanes) return by_packed_columns(tiles, p);
    if (thin && p.b_column == 1 && p.n % tiles.lanes == 0) return by_outer_products(tiles, p);
    if (thin && dots) return by_dots(tiles, p);
  }
#endif
  if (BlasMatrix<S>::takes(p.k, p.n, p.b_row, p.b_column)) return multiply(p);
  const Scratch<S> dense(p.k * p.n);
  copy_dense(p.b, p.k, p.n, p.b_row, p.b_column, dense.data());
  Product<S> q = p;
  q.b = dense.data(), q.b_row = std::max<std::int64_t>(1, p.n), q.b_column = 1;
  multiply(q);
}

}  // namespace

template <class S>
void matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const S* bias) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (std::int64_t i = 0; i < m * n; ++i) c[i] = bias ? bias[i % n] : S(0);
    return;
  }
  choose(Product<S>{c, m, n, k, static_cast<const S*>(a.data), a.row_stride, a.column_stride, static_cast<const S*>(b.data), b.row_stride, b.column_stride, bias});
}
template void matmul(float*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const float*);
template void matmul(double*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const double*);

}  // namespace gradtape
