// says: lr, which becomes the learning rate of each step, is missing: double lr
#include <gradtape/ops/update.h>
struct M {
  static constexpr auto name = "m";
  static constexpr int states = 0;
  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&)[3]) const {
    parameter = parameter - gradient;
  }
};
