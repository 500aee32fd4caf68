// says: an op writes slope or slope_from_output, not both
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real x) {
    return exp(x);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return exp(x);
  }
  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return y;
  }
};
