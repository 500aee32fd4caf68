// says: the slope takes as many numbers as forward, is a template, and const or static
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  double b = 4;
  template <class Real>
  GT_FN Real forward(Real x) const {
    return Real(b) * x;
  }
  template <class Real>
  GT_FN Real slope(Real) {
    return Real(b);
  }
};
