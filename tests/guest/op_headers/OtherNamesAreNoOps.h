// says: pointwise: ::M[.]
#include <gradtape/ops/pointwise.h>
inline constexpr auto name = "outside";
struct Entry { const char* name = ""; };
struct Helper { static constexpr auto shown = "helper"; using name = int; };
struct Named { static auto name() { return "a function"; } };
struct M {
  static constexpr auto name = "m";
  double power = [](auto x) { static const char* name = ""; return x; }(2.0);
  template <class Real>
  GT_FN static Real forward(Real x) { struct Local { Real name; } l{x}; return l.name; }
};
template <class Real> Real helper(struct Entry, Real x = Real{1}) { return x; }
enum class name_t { name };
struct Ahead;
