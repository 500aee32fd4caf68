#include <gradtape/models/logistic_regression.h>

#include <gradtape/autograd/tape.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/metrics.h>

namespace gradtape {
namespace {

Loss loss_at(Location at) {
  return [at](const Tensor& logits, const Tensor& wanted) {
    return binary_cross_entropy_with_logits(logits, wanted, {}, at);
  };
}

}  // namespace

LogisticRegression::LogisticRegression(std::int64_t features, ModuleOptions options, Location at) {
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  add_parameter("weight", weight, zeros({1, features}, like, at), at);
  add_parameter("bias", bias, zeros({1}, like, at), at);
}

Tensor LogisticRegression::forward(const Tensor& x) const { return squeeze(linear(x, weight, bias), -1); }

Tensor LogisticRegression::predict_proba(const Tensor& x, Location at) const {
  NoGrad pause;
  return sigmoid((*this)(x, at), at);
}
Tensor LogisticRegression::predict(const Tensor& x, Location at) const {
  NoGrad pause;
  return ((*this)(x, at) > 0).to(DType::int64);
}
Convergence LogisticRegression::fit(const Tensor& x, const Tensor& labels, const FitOptions& options, Location at) {
  return detail::fit(*this, weight, x, labels, loss_at(at), options, at);
}
template <class>
double LogisticRegression::fit(const Tensor& x, const Tensor& labels, const GradientDescent& options, Location at) {
  return gradtape::fit(*this, x, labels, loss_at(at), options, at);
}
template double LogisticRegression::fit(const Tensor&, const Tensor&, const GradientDescent&, Location);
double LogisticRegression::score(const Tensor& x, const Tensor& labels, Location at) const {
  return accuracy(predict(x, at), labels, at);
}

}  // namespace gradtape
