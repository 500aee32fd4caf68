// says: step is const or static: template <class Real> GT_FN void step
#include <gradtape/ops/update.h>
struct M {
  static constexpr auto name = "m";
  static constexpr int states = 0;
  double lr = 0;
  template <class Real>
  GT_FN void step(Real& parameter, Real gradient) const {
    parameter = parameter - gradient;
  }
};
