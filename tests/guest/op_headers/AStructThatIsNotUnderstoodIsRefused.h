// says: AStructThatIsNotUnderstoodIsRefused.h:4: this struct is not understood: struct Outer :: M
#include <gradtape/ops/pointwise.h>
struct Outer { struct M; };
struct Outer::M { static constexpr auto name = "m"; };
