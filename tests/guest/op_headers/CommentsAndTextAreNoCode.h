// says: pointwise: ::M[.]
/* namespace wrong {  struct X { static constexpr auto name = "x"; };
 **/
#include <gradtape/ops/pointwise.h>
// struct Y { static constexpr auto name = "y"; };
#define OPEN(x) namespace x { \
  struct x { static constexpr auto name = #x;
struct M {  // } "
  static constexpr auto text = "} R", bar = "} /* { // \" ;", quote = '"', brace = '}';
  static constexpr auto count = 1'000'000;
  static constexpr auto name = "[m;]";
};
