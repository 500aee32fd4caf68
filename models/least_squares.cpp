#include <gradtape/models/least_squares.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>
#include <gradtape/ops/promotion.h>

// LAPACK: column-major, everything by address.
extern "C" void dgels_(const char* trans, const int* m, const int* n, const int* rhs, double* a, const int* lda,
                       double* b, const int* ldb, double* work, const int* lwork, int* info);

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

// Divides each column of [rows, columns] by the power of 2 beside its largest number, which rounds nothing; returns the
// exponents. So neither the units of features nor those of outputs matter, and no square overflows.
std::vector<int> scale_columns(std::vector<double>& a, int rows, int columns) {
  std::vector<int> exponents(static_cast<std::size_t>(columns));
  double* entry = a.data();
  for (int& exponent : exponents) {
    double largest = 0;
    for (int i = 0; i < rows; ++i) largest = std::max(largest, std::abs(entry[i]));
    std::frexp(largest, &exponent);
    for (int i = 0; i < rows; ++i, ++entry) *entry = std::ldexp(*entry, -exponent);
  }
  return exponents;
}

std::vector<double> column_norms(const std::vector<double>& a, int rows, int columns) {
  std::vector<double> norms(static_cast<std::size_t>(columns));
  const double* entry = a.data();
  for (double& norm : norms) {
    for (int i = 0; i < rows; ++i, ++entry) norm += *entry * *entry;
    norm = std::sqrt(norm);
  }
  return norms;
}

// R's diagonal, what is left of each column beside the ones before it: below rounding, it is a sum of them.
bool full_rank(const std::vector<double>& a, const std::vector<double>& norms, int m) {
  for (std::size_t i = 0; i < norms.size(); ++i)
    if (!(std::abs(a[i * static_cast<std::size_t>(m + 1)]) > norms[i] * eps * m)) return false;
  return true;
}

// [n, rhs], in the units of the data, of what solve() left in the first n rows of b [m, rhs], in those of the columns.
std::vector<double> weights_of(const std::vector<double>& b, int m, const std::vector<int>& unit_of_feature,
                               const std::vector<int>& unit_of_output) {
  std::vector<double> weights;
  weights.reserve(unit_of_feature.size() * unit_of_output.size());
  for (std::size_t i = 0; i < unit_of_feature.size(); ++i)
    for (std::size_t j = 0; j < unit_of_output.size(); ++j)
      weights.push_back(std::ldexp(b[j * static_cast<std::size_t>(m) + i], unit_of_output[j] - unit_of_feature[i]));
  return weights;
}

void require_shapes(const Tensor& x, const Tensor& y, Location at) {
  if (x.dim() != 2 || y.dim() < 1 || y.dim() > 2 || x.shape()[0] != y.shape()[0])
    fail<ShapeError>(at, "least_squares", "x is [batch, features] and y [batch] or [batch, outputs]",
                     {{"x", x}, {"y", y}});
}
DType result_type(const Tensor& x, const Tensor& y) {
  const Tensor* const both[] = {&x, &y};
  const DType promoted = promoted_type(both);
  return is_floating(promoted) ? promoted : DType::float32;
}

void require_finite(const char* role, const Tensor& x, const std::vector<double>& numbers, Location at) {
  if (!std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); }))
    fail<ValueError>(at, "least_squares", fmt::format("{} holds a number that is not finite", role), {{role, x}});
}

// The op on the tape, and the one that its slope needs.
struct LeastSquares {
  static Tensor of(const Tensor& x, const Tensor& y, Location at);
  static void backward(Backward& ctx);
  static constexpr OpInfo row{"least_squares", backward};
};
// The shortest v with xᵀ · v = g: x [batch, features] of full rank, g [features, outputs], v [batch, outputs]; float64.
struct Shortest {
  static Tensor of(const Tensor& x, const Tensor& g, Location at);
  static void backward(Backward& ctx);
  static constexpr OpInfo row{"least_squares", backward};
};

// Least squares of x above √l2 · I and y above zeros.
Tensor ridge(const Tensor& x, const Tensor& y, double l2, Location at) {
  require_finite("x", x, x.to_vector<double>(), at);
  require_finite("y", y, y.to_vector<double>(), at);
  const std::int64_t features = x.size(1);
  const TensorOptions wide{.dtype = DType::float64, .device = x.device()};
  const Shape below = y.dim() == 2 ? Shape{features, y.size(1)} : Shape{features};
  const Tensor tall = cat({x.to(DType::float64), eye(features, wide) * std::sqrt(l2)}),
               wanted = cat({y.to(DType::float64), zeros(below, wide)});
  return least_squares(tall, wanted, {}, at).to(result_type(x, y));
}

Tensor solved(const Tensor& x, const Tensor& y, Location at) {
  if (std::max({x.numel(), y.numel()}) > INT_MAX)
    fail<ValueError>(at, "least_squares", "LAPACK counts elements in int, and there are more", {{"x", x}, {"y", y}},
                     "Learn from fewer examples, or in batches.");
  const auto m = static_cast<int>(x.shape()[0]), n = static_cast<int>(x.shape()[1]),
             rhs = y.dim() == 2 ? static_cast<int>(y.shape()[1]) : 1;
  if (m < n)
    fail<ValueError>(at, "least_squares", fmt::format("{} examples do not determine {} weights", m, n), {{"x", x}},
                     "Take more examples, or give an l2: {.l2 = 1e-3}.");
  auto a = t(x).to_vector<double>();
  auto b = (y.dim() == 2 ? t(y) : y).to_vector<double>();
  require_finite("x", x, a, at);
  require_finite("y", y, b, at);
  const auto unit_of_feature = scale_columns(a, m, n), unit_of_output = scale_columns(b, m, rhs);
  const auto norms = column_norms(a, m, n);
  const bool is_solved = n > 0 && rhs > 0;
  if (is_solved) solve(a, b, m, n, rhs);
  if (is_solved && !full_rank(a, norms, m))
    fail<ValueError>(at, "least_squares", "columns of x depend on each other, so the weights are not unique",
                     {{"x", x}}, "Leave out features that are sums of others, or give an l2: {.l2 = 1e-3}.");
  const Tensor weights = tensor(weights_of(b, m, unit_of_feature, unit_of_output), {n, rhs});
  return (y.dim() == 2 ? weights : squeeze(weights, 1)).to(result_type(x, y)).to(x.device());
}

}  // namespace

Tensor least_squares(const Tensor& x, const Tensor& y, LeastSquaresOptions options, Location at) {
  Call call(at);
  if (!(options.l2 >= 0 && std::isfinite(options.l2)))
    fail<ValueError>(at, "least_squares", fmt::format("l2 = {} makes no sense: it must be at least 0", options.l2));
  require_shapes(x, y, at);
  if (options.l2 > 0) return ridge(x, y, options.l2, at);
  if (detail::wants_gradient(x) || detail::wants_gradient(y)) return LeastSquares::of(x, y, at);
  NoGrad pause;
  return solved(x, y, at);
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
Tensor LeastSquares::of(const Tensor& x, const Tensor& y, Location at) {
  return record(row, at, solved(x.detach(), y.detach(), at), {x, y}, {x, y}, nullptr, 0);
}
Tensor Shortest::of(const Tensor& x, const Tensor& g, Location at) {
  return record(row, at, solve_shortest(x, g), {x, g}, {x, g}, nullptr, 0);
}

Tensor as_columns(const Tensor& y) { return (y.dim() == 1 ? unsqueeze(y, 1) : y).to(DType::float64); }
Tensor like(const Tensor& gradient, const Tensor& x) {
  return reshape(gradient, x.shape()).to(x.dtype()).to(x.device());
}

// Note: the slopes of least squares. With A = xᵀx, weights w = A⁻¹xᵀy, what is left r = y - xw, and g the gradient of
// w, let v = xA⁻¹g, which is the shortest v with xᵀv = g, and z = A⁻¹g, which is the least-squares solution for v. Then
// dw = A⁻¹(dxᵀr + xᵀdy - xᵀdx w), so the gradient of y is v, and that of x is rzᵀ - vwᵀ. A, whose condition is that of
// x squared, is never made.
void LeastSquares::backward(Backward& ctx) {
  const Location at = ctx.where();
  const Tensor x = ctx.kept(0).to(DType::float64), y = as_columns(ctx.kept(1)).to(x.device());
  const Tensor v = Shortest::of(x, as_columns(ctx.take_gradient()), at);
  if (ctx.wants(1)) ctx.add(1, like(v, ctx.kept(1)));
  if (!ctx.wants(0)) return;
  const Tensor w = of(x, y, at), z = of(x, v, at);
  ctx.add(0, like(matmul(y - matmul(x, w), t(z)) - matmul(v, t(w)), ctx.kept(0)));
}
// With z = A⁻¹g, the gradient u of v = xz, and s = A⁻¹xᵀu: dv = dx z + xA⁻¹(dg - dxᵀv - xᵀdx z), so the gradient of g
// is s, and that of x is (u - xs)zᵀ - vsᵀ.
void Shortest::backward(Backward& ctx) {
  const Location at = ctx.where();
  const Tensor x = ctx.kept(0), u = ctx.take_gradient(), s = LeastSquares::of(x, u, at);
  if (ctx.wants(1)) ctx.add(1, s);
  if (!ctx.wants(0)) return;
  const Tensor v = of(x, ctx.kept(1), at), z = LeastSquares::of(x, v, at);
  ctx.add(0, matmul(u - matmul(x, s), t(z)) - matmul(v, t(s)));
}

}  // namespace

}  // namespace gradtape
