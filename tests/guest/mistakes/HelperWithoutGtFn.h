// says: the slope is marked GT_FN
#include <gradtape/ops/pointwise.h>
template <class Real>
Real twice(Real x) {
  return x + x;
}
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real x) {
    return x * x;
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return twice(x);
  }
};
