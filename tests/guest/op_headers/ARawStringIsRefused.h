// says: ARawStringIsRefused.h:3: a raw string is not read here
#include <gradtape/ops/pointwise.h>
struct M { static constexpr auto name = R"(m)"; };
