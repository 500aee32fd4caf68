// Running sums along the last dimension.
#pragma once

#include <gradtape/ops/reduce/sum.h>

#include "scan.h"

namespace mine {

struct Cumsum {
  static constexpr auto name = "cumsum";
  static constexpr auto samples = gradtape::between(-2, 2);

  template <class Real>
  GT_FN static Real forward(Real before, Real x) {
    return before + x;
  }

  // The running sums from the other end.
  static gradtape::Tensor gradient(const gradtape::Tensor& g) {
    return gradtape::sum(g, {-1}, true) - scan<Cumsum>(g) + g;
  }
};

inline gradtape::Tensor cumsum(const gradtape::Tensor& x, gradtape::Location at = gradtape::Location::current()) {
  return scan<Cumsum>(x, at);
}

}  // namespace mine
