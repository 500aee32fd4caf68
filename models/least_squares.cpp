#include <gradtape/models/least_squares.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>
#include <gradtape/ops/free.h>

// LAPACK: column-major, everything by address.
extern "C" void dgels_(const char* trans, const int* m, const int* n, const int* rhs, double* a, const int* lda, double* b, const int* ldb,
                       double* work, const int* lwork, int* info);

namespace gradtape {
namespace {

constexpr double eps = 2.220446049250313e-16;

// Solves in place, as it stands or transposed ("T"); a [m, n] and b [m, rhs] column by column. After it, a holds R on
// and above its diagonal.
void solve(std::vector<double>& a, std::vector<double>& b, int m, int n, int rhs, const char* transposed = "N") {
  int info = 0, ask = -1;
  double wanted = 0;
  dgels_(transposed, &m, &n, &rhs, a.data(), &m, b.data(), &m, &wanted, &ask, &info);
  const int room = static_cast<int>(wanted);
  std::vector<double> work(static_cast<std::size_t>(room));
  dgels_(transposed, &m, &n, &rhs, a.data(), &m, b.data(), &m, work.data(), &room, &info);
}

// R's diagonal beside the largest: below rounding, a column is a sum of others.
bool full_rank(const std::vector<double>& a, int m, int n) {
  double largest = 0, smallest = INFINITY;
  for (int i = 0; i < n; ++i) {
    const double size = std::abs(a[static_cast<std::size_t>(i) * static_cast<std::size_t>(m + 1)]);
    largest = std::max(largest, size);
    smallest = std::min(smallest, size);
  }
  return smallest > largest * eps * m;
}

// The op on the tape, and the one that its slope needs.
struct LeastSquares {
  static constexpr auto name = "least_squares";
  static Tensor of(const Tensor& x, const Tensor& y, Location where) {
    return record(LeastSquares{}, where, least_squares(x.detach(), y.detach(), where), {x, y}, {x, y});
  }
  static void backward(Backward& walk);
};
// The shortest v with xᵀ · v = g: x [batch, features] of full rank, g [features, outputs], v [batch, outputs]; float64.
struct Shortest {
  static constexpr auto name = "least_squares";
  static Tensor of(const Tensor& x, const Tensor& g, Location where);
  static void backward(Backward& walk);
};

}  // namespace

Tensor least_squares(const Tensor& x, const Tensor& y, Location where) {
  Call call(where);
  if (wants_gradient(x) || wants_gradient(y)) return LeastSquares::of(x, y, where);
  NoGrad pause;
  if (x.dim() != 2 || y.dim() < 1 || y.dim() > 2 || x.shape()[0] != y.shape()[0])
    fail<ShapeError>(where, "least_squares", "x is [batch, features] and y [batch] or [batch, outputs]", {{"x", x}, {"y", y}});
  const auto m = static_cast<int>(x.shape()[0]), n = static_cast<int>(x.shape()[1]), rhs = y.dim() == 2 ? static_cast<int>(y.shape()[1]) : 1;
  if (m < n)
    fail<ValueError>(where, "least_squares", fmt::format("{} examples do not determine {} weights", m, n), {{"x", x}});
  const DType dtype = is_floating(x.dtype()) ? x.dtype() : DType::float32;
  auto a = t(x).to_vector<double>();
  auto b = (y.dim() == 2 ? t(y) : y).to_vector<double>();
  if (n > 0 && rhs > 0) solve(a, b, m, n, rhs);
  if (!full_rank(a, m, n))
    fail<ValueError>(where, "least_squares", "columns of x depend on each other, so the weights are not unique", {{"x", x}},
                     "Leave out features that are sums of others, or learn with weight decay.");
  Tensor weights = empty({n, rhs}, {.dtype = DType::float64});
  for (int j = 0; j < rhs; ++j)
    for (int i = 0; i < n; ++i)
      weights.data<double>()[i * rhs + j] = b[static_cast<std::size_t>(j) * static_cast<std::size_t>(m) + static_cast<std::size_t>(i)];
  return (y.dim() == 2 ? weights : squeeze(weights, 1)).to(dtype).to(x.device());
}

namespace {

Tensor solve_shortest(const Tensor& x, const Tensor& g) {
  NoGrad pause;
  const auto m = static_cast<int>(x.shape()[0]), n = static_cast<int>(x.shape()[1]),
             rhs = static_cast<int>(g.shape()[1]);
  auto a = t(x).to_vector<double>();
  const auto columns = t(g).to_vector<double>();
  std::vector<double> b(static_cast<std::size_t>(m) * static_cast<std::size_t>(rhs));
  for (std::ptrdiff_t j = 0; j < rhs; ++j) std::copy_n(columns.begin() + j * n, n, b.begin() + j * m);
  if (n > 0 && rhs > 0) solve(a, b, m, n, rhs, "T");
  return t(tensor(b, {rhs, m})).contiguous().to(x.device());
}
Tensor Shortest::of(const Tensor& x, const Tensor& g, Location where) {
  return record(Shortest{}, where, solve_shortest(x, g), {x, g}, {x, g});
}

Tensor as_columns(const Tensor& y) { return (y.dim() == 1 ? unsqueeze(y, 1) : y).to(DType::float64); }
Tensor like(const Tensor& gradient, const Tensor& x) {
  return reshape(gradient, x.shape()).to(x.dtype()).to(x.device());
}

// Note: the slopes of least squares. With A = xᵀx, weights w = A⁻¹xᵀy, what is left r = y - xw, and g the gradient of
// w, let v = xA⁻¹g, which is the shortest v with xᵀv = g, and z = A⁻¹g, which is the least-squares solution for v. Then
// dw = A⁻¹(dxᵀr + xᵀdy - xᵀdx w), so the gradient of y is v, and that of x is rzᵀ - vwᵀ. A, whose condition is that of
// x squared, is never made.
void LeastSquares::backward(Backward& walk) {
  const Location where = walk.where();
  const Tensor x = walk.kept(0).to(DType::float64), y = as_columns(walk.kept(1)).to(x.device());
  const Tensor v = Shortest::of(x, as_columns(walk.take_gradient()), where);
  if (walk.wants(1)) walk.add(1, like(v, walk.kept(1)));
  if (!walk.wants(0)) return;
  const Tensor w = of(x, y, where), z = of(x, v, where);
  walk.add(0, like(matmul(y - matmul(x, w), t(z)) - matmul(v, t(w)), walk.kept(0)));
}
// With z = A⁻¹g, the gradient u of v = xz, and s = A⁻¹xᵀu: dv = dx z + xA⁻¹(dg - dxᵀv - xᵀdx z), so the gradient of g
// is s, and that of x is (u - xs)zᵀ - vsᵀ.
void Shortest::backward(Backward& walk) {
  const Location where = walk.where();
  const Tensor x = walk.kept(0), u = walk.take_gradient(), s = LeastSquares::of(x, u, where);
  if (walk.wants(1)) walk.add(1, s);
  if (!walk.wants(0)) return;
  const Tensor v = of(x, walk.kept(1), where), z = LeastSquares::of(x, v, where);
  walk.add(0, matmul(u - matmul(x, s), t(z)) - matmul(v, t(s)));
}

}  // namespace

}  // namespace gradtape
