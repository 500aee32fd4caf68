// says: AStepWithoutGtFnIsRefused.h:7: step of M is not marked GT_FN: no device could call it
#include <gradtape/ops/update.h>
struct M {
  static constexpr auto name = "m";
  static constexpr int states = 0;
  template <class Real>
  void step(Real& parameter, Real gradient, Real (&)[3]) const { parameter = parameter - gradient; }
};
