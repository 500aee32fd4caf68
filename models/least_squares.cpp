#include <gradtape/models/least_squares.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>
#include <gradtape/ops/promotion.h>

// LAPACK: column-major, everything by address.
extern "C" void dgels_(const char* trans, const int* m, const int* n, const int* rhs, double* a, const int* lda, double* b, const int* ldb,
                       double* work, const int* lwork, int* info);

namespace gradtape {
namespace {

constexpr double eps = 2.220446049250313e-16;

// Solves in place; a [m, n] and b [m, rhs] column by column. After it, a holds R on and above its diagonal.
void solve(std::vector<double>& a, std::vector<double>& b, int m, int n, int rhs) {
  int info = 0, ask = -1;
  double wanted = 0;
  dgels_("N", &m, &n, &rhs, a.data(), &m, b.data(), &m, &wanted, &ask, &info);
  const int room = static_cast<int>(wanted);
  std::vector<double> work(static_cast<std::size_t>(room));
  dgels_("N", &m, &n, &rhs, a.data(), &m, b.data(), &m, work.data(), &room, &info);
}

// Divides each column of [rows, columns] by the power of 2 beside its largest number, which rounds nothing; returns the
// exponents. So neither the units of features nor those of outputs matter, and no square overflows.
std::vector<int> scale_columns(std::vector<double>& a, int rows, int columns) {
  std::vector<int> exponents(static_cast<std::size_t>(columns));
  double* at = a.data();
  for (int& exponent : exponents) {
    double largest = 0;
    for (int i = 0; i < rows; ++i) largest = std::max(largest, std::abs(at[i]));
    std::frexp(largest, &exponent);
    for (int i = 0; i < rows; ++i, ++at) *at = std::ldexp(*at, -exponent);
  }
  return exponents;
}

std::vector<double> column_norms(const std::vector<double>& a, int rows, int columns) {
  std::vector<double> norms(static_cast<std::size_t>(columns));
  const double* at = a.data();
  for (double& norm : norms) {
    for (int i = 0; i < rows; ++i, ++at) norm += *at * *at;
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

void require_finite(const char* role, const Tensor& x, const std::vector<double>& numbers, Location where) {
  if (!std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); }))
    fail<ValueError>(where, "least_squares", fmt::format("{} holds a number that is not finite", role), {{role, x}});
}

}  // namespace

Tensor least_squares(const Tensor& x, const Tensor& y, Location where) {
  Call call(where);
  NoGrad pause;
  if (x.dim() != 2 || y.dim() < 1 || y.dim() > 2 || x.shape()[0] != y.shape()[0])
    fail<ShapeError>(where, "least_squares", "x is [batch, features] and y [batch] or [batch, outputs]", {{"x", x}, {"y", y}});
  if (std::max({x.numel(), y.numel()}) > INT_MAX)
    fail<ValueError>(where, "least_squares", "LAPACK counts elements in int, and there are more", {{"x", x}, {"y", y}},
                     "Learn from fewer examples, or in batches.");
  const auto m = static_cast<int>(x.shape()[0]), n = static_cast<int>(x.shape()[1]), rhs = y.dim() == 2 ? static_cast<int>(y.shape()[1]) : 1;
  if (m < n)
    fail<ValueError>(where, "least_squares", fmt::format("{} examples do not determine {} weights", m, n), {{"x", x}});
  const Tensor* const both[] = {&x, &y};
  const DType promoted = promoted_type(both), dtype = is_floating(promoted) ? promoted : DType::float32;
  auto a = t(x).to_vector<double>();
  auto b = (y.dim() == 2 ? t(y) : y).to_vector<double>();
  require_finite("x", x, a, where);
  require_finite("y", y, b, where);
  const auto unit_of_feature = scale_columns(a, m, n), unit_of_output = scale_columns(b, m, rhs);
  const auto norms = column_norms(a, m, n);
  const bool is_solved = n > 0 && rhs > 0;
  if (is_solved) solve(a, b, m, n, rhs);
  if (is_solved && !full_rank(a, norms, m))
    fail<ValueError>(where, "least_squares", "columns of x depend on each other, so the weights are not unique", {{"x", x}},
                     "Leave out features that are sums of others, or learn with weight decay.");
  Tensor weights = empty({n, rhs}, {.dtype = DType::float64});
  for (int j = 0; j < rhs; ++j)
    for (int i = 0; i < n; ++i)
      weights.data<double>()[i * rhs + j] =
          std::ldexp(b[static_cast<std::size_t>(j) * static_cast<std::size_t>(m) + static_cast<std::size_t>(i)],
                     unit_of_output[static_cast<std::size_t>(j)] - unit_of_feature[static_cast<std::size_t>(i)]);
  return (y.dim() == 2 ? weights : squeeze(weights, 1)).to(dtype).to(x.device());
}

}  // namespace gradtape
