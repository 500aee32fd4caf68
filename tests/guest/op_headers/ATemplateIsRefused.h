// says: ATemplateIsRefused.h:4: M is a template: an op is one struct
#include <gradtape/ops/pointwise.h>
template <int power>
struct M {
  static constexpr auto name = "m";
};
