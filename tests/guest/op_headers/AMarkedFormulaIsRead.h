// says: pointwise: ::M ::N ::O[.]
#include <gradtape/ops/pointwise.h>
struct M {
  static constexpr auto name = "m";
  template <class Real> GT_FN
  static Real forward(Real x) { return x * x; }
  static double host_only(double x) { return x; }
};
struct N {
  static constexpr auto name = "n";
  template <class Real> __host__ __device__ constexpr Real forward(Real x) const { return x * x; }
};
struct O : M { static constexpr auto name = "o"; };
