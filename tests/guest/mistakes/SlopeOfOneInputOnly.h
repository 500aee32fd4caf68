// says: the slope takes as many numbers as forward
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return x * y;
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return x;
  }
};
