// says: pointwise: ::Loose ::a::b::Bound ::After[.]
#include <gradtape/ops/pointwise.h>
namespace z {}
struct Loose { static constexpr auto name = "loose"; };
namespace a::b { struct Bound { static constexpr auto name = "bound"; }; }
struct After { static constexpr auto name = "after"; };
