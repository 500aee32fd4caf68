#include <gradtape/models/least_squares.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>

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

}  // namespace gradtape
