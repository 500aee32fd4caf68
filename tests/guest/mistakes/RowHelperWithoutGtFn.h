// says: forward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||
#include <gradtape/ops/rowwise.h>
template <class Real>
Real twice(Real x) {
  return x + x;
}
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Row, class Out>
  GT_FN static void forward(const Row& x, Out& y) {
    y.assign([](auto v) { return twice(v); }, x);
  }
  template <class Row>
  GT_FN static void backward(const Row&, const Row& g, Row& dx) {
    dx.assign([](auto v) { return v + v; }, g);
  }
};
