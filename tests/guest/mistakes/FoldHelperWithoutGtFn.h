// says: backward is marked GT_FN, as is what it calls, and asks no number in an if, ?:, && or ||
#include <gradtape/ops/reduce.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) { return v; });
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value g, Row& dx) {
    dx.assign([=](auto) { return same(g); }, x);
  }
  template <class Value>
  static Value same(Value g) {
    return g;
  }
};
