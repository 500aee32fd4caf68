// says: forward takes one to three numbers of its template
#include <gradtape/ops/pointwise.h>
#include <vector>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  GT_FN static Real forward(std::vector<Real> x) {
    return x[0];
  }
};
