// LogisticRegression: two classes, p(1 | x) = sigmoid(weight · x + bias).
#pragma once

#include <gradtape/models/fit.h>

namespace gradtape {

// Called, it returns logits: [batch, features] → [batch]. One column is enough: softmax over two logits depends on
// their difference alone, softmax(a, b)₁ = sigmoid(a - b), so a second column would be redundant.
class LogisticRegression : public Module {
 public:
  explicit LogisticRegression(std::int64_t features, ModuleOptions options = {}, Location at = Location::current());

  Tensor predict_proba(const Tensor& x, Location at = Location::current()) const;  // of class 1: [batch]
  Tensor predict(const Tensor& x, Location at = Location::current()) const;        // 0 or 1, int64 [batch]
  // Minimises the mean binary cross-entropy, with a penalty l2, and says why it stopped; see fit.h. labels: 0 or 1, or
  // probabilities, [batch].
  Convergence fit(const Tensor& x, const Tensor& labels, const FitOptions& options = {},
                  Location at = Location::current());
  // By gradient descent instead: fit(x, labels, gt::GradientDescent{.lr = 0.1}); returns the last epoch's mean loss. A
  // template, so that fit(x, labels, {}) is the one above.
  template <class = void>
  double fit(const Tensor& x, const Tensor& labels, const GradientDescent& options, Location at = Location::current());
  // The share of right predictions.
  double score(const Tensor& x, const Tensor& labels, Location at = Location::current()) const;

  Tensor weight;  // [1, features]
  Tensor bias;  // [1]

 protected:
  Tensor forward(const Tensor& x) const override;
};

}  // namespace gradtape
