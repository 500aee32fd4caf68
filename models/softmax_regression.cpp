#include <gradtape/models/softmax_regression.h>

#include <gradtape/autograd/tape.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/metrics.h>

namespace gradtape {

SoftmaxRegression::SoftmaxRegression(std::int64_t features, std::int64_t classes, ModuleOptions options,
                                     Location where) {
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  add_parameter("weight", weight, zeros({classes, features}, like, where), where);
  add_parameter("bias", bias, zeros({classes}, like, where), where);
}

Tensor SoftmaxRegression::forward(const Tensor& x) const { return linear(x, weight, bias); }

Tensor SoftmaxRegression::predict_proba(const Tensor& x, Location where) const {
  NoGrad pause;
  return softmax((*this)(x, where), -1, where);
}
Tensor SoftmaxRegression::predict(const Tensor& x, Location where) const {
  NoGrad pause;
  return argmax((*this)(x, where), -1, false, where);
}
double SoftmaxRegression::fit(const Tensor& x, const Tensor& labels, const FitOptions& options, Location where) {
  auto loss = [where](const Tensor& logits, const Tensor& wanted) { return cross_entropy(logits, wanted, {}, where); };
  return gradtape::fit(*this, x, labels, loss, options, where);
}
double SoftmaxRegression::score(const Tensor& x, const Tensor& labels, Location where) const {
  return accuracy(predict(x, where), labels, where);
}

}  // namespace gradtape
