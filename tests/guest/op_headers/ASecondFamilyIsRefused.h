// says: ASecondFamilyIsRefused.h:3: a second op family, reduce after pointwise
#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/reduce.h>
struct M { static constexpr auto name = "m"; };
