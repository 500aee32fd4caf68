#include <gradtape/models/softmax_regression.h>

#include <gradtape/autograd/tape.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/metrics.h>

namespace gradtape {
namespace {

Loss loss_at(Location at) {
  return [at](const Tensor& logits, const Tensor& wanted) { return cross_entropy(logits, wanted, {}, at); };
}

}  // namespace

SoftmaxRegression::SoftmaxRegression(std::int64_t features, std::int64_t classes, ModuleOptions options, Location at) {
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  add_parameter("weight", weight, zeros({classes, features}, like, at), at);
  add_parameter("bias", bias, zeros({classes}, like, at), at);
}

Tensor SoftmaxRegression::forward(const Tensor& x) const { return linear(x, weight, bias); }

Tensor SoftmaxRegression::predict_proba(const Tensor& x, Location at) const {
  NoGrad pause;
  return softmax((*this)(x, at), -1, at);
}
Tensor SoftmaxRegression::predict(const Tensor& x, Location at) const {
  NoGrad pause;
  return argmax((*this)(x, at), -1, false, at);
}
Convergence SoftmaxRegression::fit(const Tensor& x, const Tensor& labels, const FitOptions& options, Location at) {
  return detail::fit(*this, weight, x, labels, loss_at(at), options, at);
}
template <class>
double SoftmaxRegression::fit(const Tensor& x, const Tensor& labels, const GradientDescent& options, Location at) {
  return gradtape::fit(*this, x, labels, loss_at(at), options, at);
}
template double SoftmaxRegression::fit(const Tensor&, const Tensor&, const GradientDescent&, Location);
double SoftmaxRegression::score(const Tensor& x, const Tensor& labels, Location at) const {
  return accuracy(predict(x, at), labels, at);
}

}  // namespace gradtape
