// says: ARowsFormulaWithoutGtFnIsRefused.h:7: forward of M is not marked GT_FN: no device could call it
#include <gradtape/ops/rowwise.h>
struct M {
  static constexpr auto name = "m";
  static constexpr auto samples = gradtape::between(-1, 1);
  template <class Row, class Out>
  static void forward(const Row& x, Out& y) { y.assign([](auto v) { return v; }, x); }
  template <class Row>
  GT_FN static void backward(const Row&, const Row& g, Row& dx) { dx.assign([](auto v) { return v; }, g); }
};
