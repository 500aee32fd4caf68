// says: AFoldsFormulaWithoutGtFnIsRefused.h:10: backward of M is not marked GT_FN: no device could call it
#include <gradtape/ops/reduce.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Row>
  GT_FN static auto forward(const Row& x) { return x.max(); }
  template <class Row, class Value>
  [[gnu::always_inline]] inline constexpr static void
  backward(const Row& x, Value, Value g, Row& dx) {
    dx.assign([=](auto) { return g; }, x);
  }
};
