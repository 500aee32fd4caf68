#include "tests/support/near.h"

namespace {

TEST(LeastSquares, DoesNotDependOnTheColumnsUnits) {
  for (gt::DType dtype : {gt::float32, gt::float64})
    for (double unit : {1e-30, 1e-19, 1e19, 1e30}) {
      const auto x = gt::stack({gt::ones({4}, {.dtype = dtype}), gt::arange(0, 4, 1, {.dtype = dtype}) * unit}, 1);
      const auto y = gt::tensor({1.0, 3.0, 5.0, 7.0}).to(dtype);

      EXPECT_THAT(gt::least_squares(x, y) * gt::tensor({1.0, unit}).to(dtype), near({1, 2}, 1e-6)) << unit;
    }
  const auto x = gt::tensor({{1e300, 1e-300}, {1e300, 2e-300}, {1e300, 3e-300}});
  EXPECT_THAT(gt::least_squares(x, gt::tensor({{3e300, 3e-300}, {5e300, 5e-300}, {7e300, 7e-300}})) *
                  gt::tensor({{1e0, 1e300}, {1e-300, 1e-300}}),
              near({1, 1e-300, INFINITY, 2e-300}, 1e-12));
}

TEST(LeastSquares, OfIntegersAndFloat64IsFloat64) {
  EXPECT_EQ(gt::least_squares(gt::tensor({{1}, {2}}), gt::tensor({1.0, 2.0})).dtype(), gt::float64);
}

TEST(LeastSquares, StillFindsColumnsThatDependOnEachOther) {
  for (double unit : {1e-19, 1.0, 1e19})
    EXPECT_THROW(gt::least_squares(gt::tensor({{1.0, unit, unit + 1},
                                               {1.0, 2 * unit, 1 + 2 * unit},
                                               {1.0, 3 * unit, 1 + 3 * unit},
                                               {1.0, -unit, 1 - unit}}),
                                   gt::ones({4}, {.dtype = gt::float64})),
                 gt::ValueError)
        << unit;
  EXPECT_THROW(gt::least_squares(gt::zeros({3, 1}), gt::ones({3})), gt::ValueError);
}

TEST(LeastSquares, RefusesWhatIsNotFiniteByName) {
  for (double bad : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    const auto good = gt::tensor({1.0, 2.0}), spoiled = gt::tensor({1.0, bad});

    EXPECT_ERROR(ValueError, gt::least_squares(gt::unsqueeze(spoiled, 1), good),
                 "least_squares: x holds a number that is not finite\n  x  [2, 1]  float64  cpu");
    EXPECT_ERROR(ValueError, gt::least_squares(gt::unsqueeze(good, 1), spoiled.to(gt::float32)),
                 "least_squares: y holds a number that is not finite\n  y  [2]  float32  cpu");
  }
}

}  // namespace
