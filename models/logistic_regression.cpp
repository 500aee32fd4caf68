#include <gradtape/models/logistic_regression.h>

#include <gradtape/autograd/tape.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/metrics.h>

namespace gradtape {

LogisticRegression::LogisticRegression(std::int64_t features, ModuleOptions options, Location where) {
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  add_parameter("weight", weight, zeros({1, features}, like, where), where);
  add_parameter("bias", bias, zeros({1}, like, where), where);
}

Tensor LogisticRegression::forward(const Tensor& x) const { return squeeze(linear(x, weight, bias), -1); }

Tensor LogisticRegression::predict_proba(const Tensor& x, Location where) const {
  NoGrad pause;
  return sigmoid((*this)(x, where), where);
}
Tensor LogisticRegression::predict(const Tensor& x, Location where) const {
  NoGrad pause;
  return ((*this)(x, where) > 0).to(DType::int64);
}
double LogisticRegression::fit(const Tensor& x, const Tensor& labels, const FitOptions& options, Location where) {
  auto loss = [where](const Tensor& logits, const Tensor& wanted) {
    return binary_cross_entropy_with_logits(logits, wanted, {}, where);
  };
  return gradtape::fit(*this, x, labels, loss, options, where);
}
double LogisticRegression::score(const Tensor& x, const Tensor& labels, Location where) const {
  return accuracy(predict(x, where), labels, where);
}

}  // namespace gradtape
