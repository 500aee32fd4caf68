// says: AnOpenBraceIsRefused.h:3: this brace is never closed
#include <gradtape/ops/pointwise.h>
namespace mine {
struct M { static constexpr auto name = "m"; };
