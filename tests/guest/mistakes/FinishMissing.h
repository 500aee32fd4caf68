// says: finish, which makes a number of a state, is missing
#include <gradtape/ops/scan.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Real>
  struct Pair {
    Real sum, weight;
  };
  template <class Real>
  GT_FN static Pair<Real> start(Real x) {
    return {x, Real(1)};
  }
  template <class Real>
  GT_FN static Pair<Real> join(Pair<Real> before, Pair<Real> after) {
    return {before.sum + after.sum, before.weight + after.weight};
  }
};
