// says: AnOpUnderAnIfIsRefused.h:4: M stands under an #if
#include <gradtape/ops/pointwise.h>
#ifdef WITH_M
struct M { static constexpr auto name = "m"; };
#endif
