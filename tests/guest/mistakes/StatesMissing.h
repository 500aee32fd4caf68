// says: states, how many numbers are remembered for each parameter, is missing or above 3
#include <gradtape/ops/update.h>
struct M {
  static constexpr auto name = "m";
  double lr = 0;
  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&)[3]) const {
    parameter = parameter - gradient;
  }
};
