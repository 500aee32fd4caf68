// says: step is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||
#include <gradtape/ops/update.h>
template <class Real>
Real twice(Real x) {
  return x + x;
}
struct M {
  static constexpr auto name = "m";
  static constexpr int states = 0;
  double lr = 0;
  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&)[3]) const {
    parameter = parameter - twice(gradient);
  }
};
