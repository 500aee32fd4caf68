// says: forward is neither const nor static
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  double b = 4;
  template <class Real>
  GT_FN Real forward(Real x) {
    return x * Real(b);
  }
};
