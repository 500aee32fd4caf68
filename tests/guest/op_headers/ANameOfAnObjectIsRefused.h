// says: ANameOfAnObjectIsRefused.h:4: the name of M is not static
#include <gradtape/ops/pointwise.h>
struct M {
  const char* name = "m";
  template <class Real> GT_FN Real forward(Real x) const { return x; }
};
