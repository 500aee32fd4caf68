#include <gradtape/ops/cpu/matmul.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <optional>
#include <utility>

#include <cblas.h>

#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/shape.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/matmul_tiles.h>

// Present when the BLAS is OpenBLAS: its own threads would fight ours.
extern "C" [[gnu::weak]] void openblas_set_num_threads(int);

namespace gradtape {
namespace {

// Memory for one product, from the thread's spare blocks.
template <class S>
class Scratch {
 public:
  Scratch(const char* op, std::int64_t count)
      : bytes_(static_cast<std::size_t>(product_of(std::max<std::int64_t>(1, count), sizeof(S)))),
        data_(static_cast<S*>(take_block(bytes_, op))) {}
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
  std::int64_t c_row;  // the stride between its rows
  std::int64_t m, n, k;
  const S* a;
  std::int64_t a_row, a_column;
  const S* b;
  std::int64_t b_row, b_column;
  const S* bias;
  const char* op;  // that needs it
  bool add = false;  // to what c holds
};

#if defined(GT_HAS_TARGETS)
template <class S, std::size_t... R, std::size_t... C>
constexpr Tiles<S> tiles_512(std::index_sequence<R...>, std::index_sequence<C...>) {
  return {64 / sizeof(S),          sizeof...(R), sizeof...(C), {{outer_512<S, R + 1, 1>, outer_512<S, R + 1, 2>}...},
          {dots_512<S, C + 1>...}, pack_512<S>};
}
template <class S, std::size_t... R, std::size_t... C>
constexpr Tiles<S> tiles_256(std::index_sequence<R...>, std::index_sequence<C...>) {
  return {32 / sizeof(S),          sizeof...(R), sizeof...(C), {{outer_256<S, R + 1, 1>, outer_256<S, R + 1, 2>}...},
          {dots_256<S, C + 1>...}, pack_256<S>};
}
template <class S>
constexpr Tiles<S> all_tiles[2] = {
    // Sixteen registers: six rows of two packs.
    tiles_256<S>(std::make_index_sequence<6>(), std::make_index_sequence<5>()),
    tiles_512<S>(std::make_index_sequence<most_rows>(), std::make_index_sequence<most_dots>())};
#endif

constexpr std::int64_t line = 64;  // bytes that memory moves at a time

// A part of c by outer products. Along k in steps, across in groups of panels of b, for which the caches have room.
template <class S>
class OuterProducts {
 public:
  OuterProducts(const Tiles<S>& tiles, const Product<S>& product, bool few_rows)
      : tiles_(tiles),
        p_(product),
        width_(2 * tiles.lanes),
        a_width_((tiles.rows + tiles.lanes - 1) / tiles.lanes * tiles.lanes),
        a_lies_ready_(p_.a_row == 1 && p_.a_column <= line),
        b_lies_ready_(p_.b_column == 1 && few_rows),
        depth_(std::min<std::int64_t>(p_.k, b_lies_ready_ && p_.k > 256 ? 128 : 256)),
        group_(std::max<std::int64_t>(1, first_cache / (depth_ * width_))),
        a_panels_(p_.op, a_lies_ready_ ? 0 : (p_.m + tiles.rows - 1) / tiles.rows * a_width_ * depth_),
        b_panels_(p_.op, (b_lies_ready_ ? 1 : group_) * depth_ * width_) {}

  void run() {
    for (from_ = 0; from_ < p_.k; from_ += depth_) {
      steps_ = std::min(depth_, p_.k - from_);
      if (!a_lies_ready_) pack_a();
      for (std::int64_t j = 0; j < p_.n; j += group_ * width_) columns(j, std::min(group_ * width_, p_.n - j));
    }
  }

 private:
  static constexpr std::int64_t first_cache = 32768 / sizeof(S);

  void pack_a() {
    for (std::int64_t i = 0; i < p_.m; i += tiles_.rows)
      tiles_.pack({p_.a + i * p_.a_row + from_ * p_.a_column, p_.a_row, p_.a_column,
                   std::min<std::int64_t>(tiles_.rows, p_.m - i), steps_, a_width_, a_panel(i)});
  }
  S* a_panel(std::int64_t i) const { return a_panels_.data() + i / tiles_.rows * a_width_ * depth_; }
  const S* b_at(std::int64_t j) const { return p_.b + from_ * p_.b_row + j * p_.b_column; }
  // Does a panel of so many columns lie ready in b?
  bool ready(std::int64_t count) const { return b_lies_ready_ && count % tiles_.lanes == 0; }

  void columns(std::int64_t first, std::int64_t count) {
    for (std::int64_t j = 0; j < count; j += width_)
      if (const std::int64_t some = std::min(width_, count - j); !ready(some))
        tiles_.pack({b_at(first + j), p_.b_column, p_.b_row, some, steps_, width_, panel(j)});
    for (std::int64_t i = 0; i < p_.m; i += tiles_.rows)
      for (std::int64_t j = 0; j < count; j += width_) tile(i, first + j, std::min(width_, count - j), panel(j));
  }
  S* panel(std::int64_t j) const { return b_panels_.data() + (b_lies_ready_ ? 0 : j * depth_); }

  void tile(std::int64_t i, std::int64_t j, std::int64_t count, const S* packed) {
    const S* a = a_lies_ready_ ? p_.a + i + from_ * p_.a_column : a_panel(i);
    const Tile<S> tile{p_.c + i * p_.c_row + j,
                       p_.c_row,
                       a,
                       a_lies_ready_ ? p_.a_column : a_width_,
                       ready(count) ? b_at(j) : packed,
                       ready(count) ? p_.b_row : width_,
                       steps_,
                       p_.bias ? p_.bias + j : nullptr,
                       p_.add || from_ > 0,
                       ahead(i, j)};
    tiles_.outer[std::min<std::int64_t>(tiles_.rows, p_.m - i) - 1][count > tiles_.lanes](tile, count);
  }
  // What of b is read next: where its rows lie dense, the same columns of the next steps; where its columns do, the
  // next panel, 8 columns for each tile.
  Ahead ahead(std::int64_t i, std::int64_t j) const {
    const auto bytes = static_cast<std::int64_t>(sizeof(S));
    if (b_lies_ready_)
      return {p_.k > depth_ ? b_at(j) + depth_ * p_.b_row : b_at(j + width_), 0, p_.b_row * bytes, steps_};
    if (p_.b_row == 1) return {b_at(j + width_ + i / tiles_.rows * 8), p_.b_column * bytes, bytes * 8, 32};
    return {p_.c, 0, 0, steps_};
  }

  const Tiles<S>& tiles_;
  const Product<S> p_;
  const std::int64_t width_, a_width_;
  const bool a_lies_ready_, b_lies_ready_;
  const std::int64_t depth_, group_;
  const Scratch<S> a_panels_, b_panels_;
  std::int64_t from_ = 0, steps_ = 0;
};

// Rows and columns [from, from + count) of c.
template <class S>
Product<S> part_of(const Product<S>& p, std::int64_t i, std::int64_t rows, std::int64_t j, std::int64_t columns) {
  Product<S> part = p;
  part.c += i * p.c_row + j;
  part.a += i * p.a_row;
  part.b += j * p.b_column;
  if (p.bias) part.bias += j;
  part.m = std::min(rows, p.m - i);
  part.n = std::min(columns, p.n - j);
  return part;
}

std::int64_t parts_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

// c cut into parts for the team: at least one for each thread that has enough to do. Where c is cut makes no difference
// to its numbers.
template <class S>
void by_outer_products(const Tiles<S>& tiles, const Product<S>& p) {
  // So that a's panels stay in the second cache.
  const std::int64_t tall = (std::int64_t(1) << 16) / std::min<std::int64_t>(p.k, 256);
  const std::int64_t work = product_of(p.m * p.n, p.k), threads = std::min<std::int64_t>(num_threads(), work >> 18);
  std::int64_t down = parts_of(p.m, tall), across = work < (1 << 17) ? 1 : parts_of(p.n, 512);
  if (down * across < threads) p.n < p.m ? down = parts_of(threads, across) : across = parts_of(threads, down);
  const auto even = [](std::int64_t count, std::int64_t parts, std::int64_t unit) {
    return parts_of(parts_of(count, parts), unit) * unit;
  };
  const std::int64_t rows = even(p.m, down, tiles.rows), columns = even(p.n, across, 2 * tiles.lanes);
  down = parts_of(p.m, rows), across = parts_of(p.n, columns);
  parallel_for(down * across, [&](std::int64_t task) {
    const auto part = part_of(p, task / across * rows, rows, task % across * columns, columns);
    OuterProducts<S>(tiles, part, p.m <= 2 * tiles.rows).run();
  });
}

// c by dot products: rows of a and columns of b dense.
template <class S>
void by_dots(const Tiles<S>& tiles, const Product<S>& p) {
  const std::int64_t rows =
      std::max<std::int64_t>(2, (1 << 18) / std::max<std::int64_t>(1, product_of(p.k, p.n)) / 2 * 2);
  const bool far = product_of(p.m, p.k) > (std::int64_t(1) << 22) / static_cast<std::int64_t>(sizeof(S));
  parallel_for((p.m + rows - 1) / rows, [&](std::int64_t task) {
    const std::int64_t i = task * rows;
    for (std::int64_t j = 0; j < p.n; j += tiles.columns) {
      // What is read next is fetched: two rows on, or, once a task's rows are near, the next task's.
      const std::int64_t next = i + (j == 0 || !far ? 2 : rows);
      const Tile<S> tile{p.c + i * p.c_row + j,
                         p.c_row,
                         p.a + i * p.a_row,
                         p.a_row,
                         p.b + j * p.b_column,
                         p.b_column,
                         p.k,
                         p.bias ? p.bias + j : nullptr,
                         false,
                         {p.a + next * p.a_row, p.a_row * static_cast<std::int64_t>(sizeof(S)), 0, 0}};
      tiles.dots[std::min<std::int64_t>(tiles.columns, p.n - j) - 1](tile, std::min(rows, p.m - i));
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
    auto fits = [](std::int64_t stride, std::int64_t line) {
      return stride >= std::max<std::int64_t>(1, line) && stride <= INT_MAX;
    };
    return (column == 1 && fits(row, columns)) || (row == 1 && fits(column, rows));
  }
  BlasMatrix(const S* from, std::int64_t columns, std::int64_t row, std::int64_t column)
      : data(from),
        transposed(column == 1 && row >= columns ? CblasNoTrans : CblasTrans),
        stride(static_cast<int>(transposed == CblasNoTrans ? row : column)) {}
};

void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
          float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}
void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a, int lda, const double* b,
          int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

// Tiles of c, each one call of BLAS on one thread.
template <class S>
void by_blas(const Product<S>& p) {
  static const bool alone = openblas_set_num_threads ? (openblas_set_num_threads(1), true) : false;
  (void)alone;
  constexpr std::int64_t tile = 512;
  const std::int64_t across = parts_of(p.n, tile);
  parallel_for(parts_of(p.m, tile) * across, [&](std::int64_t number) {
    const Product<S> part = part_of(p, number / across * tile, tile, number % across * tile, tile);
    for (std::int64_t r = 0; part.bias && r < part.m; ++r)
      std::memcpy(part.c + r * p.c_row, part.bias, static_cast<std::size_t>(part.n) * sizeof(S));
    const BlasMatrix<S> a(part.a, p.k, p.a_row, p.a_column), b(part.b, p.n, p.b_row, p.b_column);
    gemm(a.transposed, b.transposed, static_cast<int>(part.m), static_cast<int>(part.n), static_cast<int>(p.k), a.data,
         a.stride, b.data, b.stride, p.bias ? S(1) : S(0), part.c, static_cast<int>(p.c_row));
  });
}

// A dense copy in the place of a matrix whose strides BLAS does not take.
template <class S>
class DenseCopy {
 public:
  DenseCopy(const char* op, std::int64_t rows, std::int64_t columns, const S*& data, std::int64_t& row,
            std::int64_t& column) {
    if (BlasMatrix<S>::takes(rows, columns, row, column)) return;
    copy_.emplace(op, product_of(rows, columns));
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) copy_->data()[i * columns + j] = data[i * row + j * column];
    data = copy_->data(), row = std::max<std::int64_t>(1, columns), column = 1;
  }

 private:
  std::optional<Scratch<S>> copy_;
};

// By the definition, over any strides: what a BLAS cannot count in int.
template <class S>
void by_definition(const Product<S>& p) {
  parallel_for(p.m, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      S sum = p.bias ? p.bias[j] : S(0);
      for (std::int64_t k = 0; k < p.k; ++k)
        sum += p.a[i * p.a_row + k * p.a_column] * p.b[k * p.b_row + j * p.b_column];
      p.c[i * p.c_row + j] = sum;
    }
  });
}

// Up to here our tiles are faster than a BLAS, which packs both matrices whole.
constexpr std::int64_t thin = 512;

constexpr std::int64_t few_columns = 32;

#if defined(GT_HAS_TARGETS)
// The kernels of this machine; null where there are none.
template <class S>
const Tiles<S>* own_tiles() {
  return cpu_level() > 0 ? &all_tiles<S>[cpu_level() - 1] : nullptr;
}
template <class S>
bool lies_for_dots(const Product<S>& p) {
  return p.a_column == 1 && p.b_row == 1;
}
#endif

template <class S>
void choose(const Product<S>& p) {
#if defined(GT_HAS_TARGETS)
  if (const Tiles<S>* tiles = own_tiles<S>()) {
    if (lies_for_dots(p) && (p.n <= few_columns || p.m <= 4) && p.k >= 2 * tiles->lanes) return by_dots(*tiles, p);
    if (std::min({p.m, p.n, p.k}) <= thin) return by_outer_products(*tiles, p);
  }
#endif
  if (std::max(p.n, p.k) > INT_MAX) return by_definition(p);
  Product<S> read = p;
  const DenseCopy<S> a(p.op, p.m, p.k, read.a, read.a_row, read.a_column);
  const DenseCopy<S> b(p.op, p.k, p.n, read.b, read.b_row, read.b_column);
  by_blas(read);
}

}  // namespace

// Dot products know nothing of other rows. Outer products begin with what c holds, and add step after step; where c is
// large, each part would move more than it saves.
template <class S>
ProductParts parts_of_matmul([[maybe_unused]] std::int64_t m, [[maybe_unused]] std::int64_t n,
                             [[maybe_unused]] std::int64_t k, [[maybe_unused]] MatrixView a,
                             [[maybe_unused]] MatrixView b) {
#if defined(GT_HAS_TARGETS)
  if (const Tiles<S>* tiles = own_tiles<S>()) {
    const bool dots = a.column_stride == 1 && b.row_stride == 1;
    return {dots && n <= few_columns && k >= 2 * tiles->lanes, !dots && std::min(m, n) <= few_columns};
  }
#endif
  return {};
}
template ProductParts parts_of_matmul<float>(std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView);
template ProductParts parts_of_matmul<double>(std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView);

template <class S>
void add_matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const char* op) {
  choose(Product<S>{c, n, m, n, k, static_cast<const S*>(a.data), a.row_stride, a.column_stride,
                    static_cast<const S*>(b.data), b.row_stride, b.column_stride, nullptr, op, true});
}
template void add_matmul(float*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const char*);
template void add_matmul(double*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const char*);

template <class S>
void matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const S* bias,
            const char* op) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (std::int64_t i = 0; i < m * n; ++i) c[i] = bias ? bias[i % n] : S(0);
    return;
  }
  choose(Product<S>{c, n, m, n, k, static_cast<const S*>(a.data), a.row_stride, a.column_stride,
                    static_cast<const S*>(b.data), b.row_stride, b.column_stride, bias, op});
}
template void matmul(float*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const float*,
                     const char*);
template void matmul(double*, std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, const double*,
                     const char*);

}  // namespace gradtape
