// SoftmaxRegression: multinomial logistic regression, p(class | x) = softmax(weight · x + bias).
#pragma once

#include <gradtape/models/fit.h>
#include <gradtape/models/linear.h>

namespace gradtape {

// Called, it returns logits: [batch, features] → [batch, classes]. It starts from zeros, where every class is as
// likely.
class SoftmaxRegression : public Module {
 public:
  SoftmaxRegression(std::int64_t features, std::int64_t classes, ModuleOptions options = {},
                    Location at = Location::current());

  Tensor predict_proba(const Tensor& x, Location at = Location::current()) const;  // [batch, classes], rows of sum 1
  Tensor predict(const Tensor& x, Location at = Location::current()) const;  // the likeliest classes, int64 [batch]
  // Minimises the mean cross-entropy, with a penalty l2, and says why it stopped; see fit.h. labels: integers [batch],
  // or distributions [batch, classes].
  Convergence fit(const Tensor& x, const Tensor& labels, const FitOptions& options = {},
                  Location at = Location::current());
  // By gradient descent instead: fit(x, labels, gt::GradientDescent{.lr = 0.1}); returns the last epoch's mean loss. A
  // template, so that fit(x, labels, {}) is the one above.
  template <class = void>
  double fit(const Tensor& x, const Tensor& labels, const GradientDescent& options, Location at = Location::current());
  // The share of right predictions.
  double score(const Tensor& x, const Tensor& labels, Location at = Location::current()) const;

  Tensor weight;  // [classes, features]
  Tensor bias;  // [classes]

 protected:
  Tensor forward(const Tensor& x) const override;
};

}  // namespace gradtape
