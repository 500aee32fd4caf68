// says: forward takes four numbers: a pointwise op has one to three inputs
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real a, Real b, Real c, Real d) {
    return a * b + c * d;
  }
};
