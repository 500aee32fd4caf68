// PolynomialFeatures: all products of features up to a degree.
#pragma once

#include <gradtape/models/module.h>

namespace gradtape {

struct PolynomialOptions {
  bool bias = true;               // a first column of ones
  bool interaction_only = false;  // no feature more than once in a product
};

// [batch, features] → [batch, terms]: 1, x₁, x₂, x₁², x₁x₂, x₂², … ordered by degree. Nothing to learn; gradients flow
// to x.
class PolynomialFeatures : public Module {
 public:
  explicit PolynomialFeatures(int degree, PolynomialOptions options = {}, Location at = Location::current());
  // How many columns come out for so many features.
  std::int64_t terms(std::int64_t features) const;

 protected:
  Tensor forward(const Tensor& x) const override;

 private:
  int degree_;
  PolynomialOptions options_;
};

}  // namespace gradtape
