#include <gradtape/models/optimize.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/ops.h>

// LAPACK: column-major, everything by address.
extern "C" void dpotrf_(const char* part, const int* n, double* a, const int* lda, int* info);
extern "C" void dpotrs_(const char* part, const int* n, const int* rhs, const double* a, const int* lda, double* b,
                        const int* ldb, int* info);

namespace gradtape::optimize {
namespace {

Tensor leaf_at(const Tensor& x0, Location at) {
  NoGrad pause;
  return x0.detach().clone(at).requires_grad_(true, at);
}
Tensor value_of(const Tensor& x) {
  NoGrad pause;
  return x.detach();
}

double norm_of(const std::vector<double>& numbers) {
  double squares = 0;
  for (double number : numbers) squares += number * number;
  return std::sqrt(squares);
}

// L of (a + shift · I) = L · Lᵀ, unless that is not positive definite beyond rounding.
std::optional<std::vector<double>> cholesky(std::vector<double> a, int n, double shift, double norm) {
  const auto diagonal = static_cast<std::size_t>(n) + 1;
  for (std::size_t i = 0; i < a.size(); i += diagonal) a[i] += shift;
  int info = 0;
  dpotrf_("L", &n, a.data(), &n, &info);
  if (info != 0) return std::nullopt;
  for (std::size_t i = 0; i < a.size(); i += diagonal)
    if (!(a[i] * a[i] > norm * std::numeric_limits<double>::epsilon() * n)) return std::nullopt;
  return a;
}

// -(H + shift · I)⁻¹ · gradient, with the least of the shifts 0, 1e-8 · ‖H‖, 1e-7 · ‖H‖ … that makes it positive
// definite.
std::vector<double> newton_direction(const std::vector<double>& hessian, std::vector<double> gradient) {
  const int n = static_cast<int>(gradient.size()), one = 1;
  const double norm = norm_of(hessian);
  for (double& number : gradient) number = -number;
  if (!(norm > 0) || !std::isfinite(norm)) return gradient;  // without curvature: down the gradient
  std::optional<std::vector<double>> factor = cholesky(hessian, n, 0, norm);
  for (double shift = 1e-8 * norm; !factor; shift *= 10) factor = cholesky(hessian, n, shift, norm);
  int info = 0;
  dpotrs_("L", &n, &one, factor.value().data(), &n, gradient.data(), &n, &info);
  return gradient;
}

}  // namespace

Result lbfgs(const Function& f, const Tensor& x0, LBFGSOptions options, Location at) {
  Call call(at);
  if (!f) fail<ValueError>(at, "lbfgs", "an empty function was given");
  const Tensor x = leaf_at(x0, at);
  const Convergence found = LBFGS({x}, options, at).minimize([&] { return f(x); }, at);
  return {found, value_of(x)};
}

Result newton(const Function& f, const Tensor& x0, NewtonOptions options, Location at) {
  Call call(at);
  if (!f) fail<ValueError>(at, "newton", "an empty function was given");
  const detail::StopRules rules{options.max_iterations, options.tolerance_grad, options.tolerance_change};
  detail::require_stop_rules("newton", rules, at);
  const Tensor x = leaf_at(x0, at);
  const detail::Descent::Loss loss = [&] { return f(x); };
  detail::Descent descent("newton", {x}, at);
  descent.start(loss, at);
  const Convergence found = detail::minimize(descent, rules, [&] {
    const auto direction =
        newton_direction(hessian(f, value_of(x), at).to_vector<double>(), descent.gradient().to_vector<double>());
    return descent.move(tensor(direction, {x.numel()}).to(x.device()), 1, loss, at).has_value();
  });
  return {found, value_of(x)};
}

}  // namespace gradtape::optimize
