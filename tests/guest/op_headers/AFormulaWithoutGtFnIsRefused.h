// says: AFormulaWithoutGtFnIsRefused.h:9: slope of M is not marked GT_FN: no device could call it
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real x) { return x * x; }
  template <class Real>
  static Real slope(Real x) { return Real(2) * x; }
};
