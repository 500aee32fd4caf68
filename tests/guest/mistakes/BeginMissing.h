// says: begin, which takes the learning rate of the step at hand, is missing: template <class Real> GT_FN void begin(Real lr)
#include <gradtape/ops/update.h>
struct M {
  static constexpr auto name = "m";
  static constexpr int states = 0;
  double lr;
  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&)[3]) const { parameter = parameter - Real(lr) * gradient; }
};
