// says: ANamespaceWithoutANameIsRefused.h:4: M stands in a namespace without a name
#include <gradtape/ops/pointwise.h>
namespace {
struct M { static constexpr auto name = "m"; };
}
