// says: ABraceTooManyIsRefused.h:4: a closing brace too many
#include <gradtape/ops/pointwise.h>
struct M { static constexpr auto name = "m"; };
}
