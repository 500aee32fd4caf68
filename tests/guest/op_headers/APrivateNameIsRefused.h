// says: APrivateNameIsRefused.h:4: the name of M is private: write struct
#include <gradtape/ops/pointwise.h>
class M {
  static constexpr auto name = "m";
};
