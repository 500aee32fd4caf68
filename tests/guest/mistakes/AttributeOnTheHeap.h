// says: an op's members are plain numbers with default values
#include <gradtape/ops/pointwise.h>
#include <vector>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  std::vector<double> c;
  template <class Real>
  GT_FN Real forward(Real x) const {
    return x * x;
  }
};
