// says: slope returns Slopes with as many slopes as there are inputs
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return x * y;
  }
  template <class Real>
  GT_FN static auto slope(Real x, Real y) {
    return gradtape::Slopes{y};
  }
};
