// says: pointwise: ::mine::M ::mine::v1::N ::mine::v1::O::Inner[.]
# include "gradtape/ops/pointwise.h"
namespace mine
{
    struct M
    {
        static constexpr auto name = "m";
    };
inline namespace v1 {
		struct
  N { constexpr static auto name{"n"}; };
struct O {
  struct Inner { static constexpr char name[] = "inner"; };
};
}
}
