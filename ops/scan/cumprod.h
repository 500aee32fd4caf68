// Running products; the gradient is right with any number of zeros.
#pragma once

#include <optional>

#include <gradtape/ops/scan.h>

namespace gradtape {

struct Cumprod {
  static constexpr auto name = "cumprod";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;
  static constexpr double nothing = 1;

  template <class Real>
  GT_FN static Real join(Real before, Real after) {
    return before * after;
  }
  // Of x · before: no result is divided.
  template <class Real>
  GT_FN static Slopes<Real, 2> slopes(Real x, Real before, Real) {
    return {x, before};
  }
};

// y[i] = x[0] · … · x[i] along a dimension. Integers, and bool, give int64; or x is taken as of the type that is given,
// and so is the result.
Tensor cumprod(const Tensor& x, int dim, std::optional<DType> dtype = {}, Location at = Location::current());

}  // namespace gradtape
