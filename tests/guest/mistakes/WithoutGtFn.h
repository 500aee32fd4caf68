// says: forward is marked GT_FN
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  static Real forward(Real x) { return x * x; }
  template <class Real>
  GT_FN static Real slope(Real x) { return Real(2) * x; }
};
