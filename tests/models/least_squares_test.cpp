#include "tests/support/near.h"

#include <gradtape/autograd/gradcheck.h>

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

TEST(Ridge, HasScikitLearnsWeights) {
  // Ridge(alpha, fit_intercept=False, solver="svd") of scikit-learn 1.9.1.
  EXPECT_THAT(
      gt::least_squares(gt::tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 7.0}}), gt::tensor({1.0, 0.0, 2.0}), {.l2 = 0.5}),
      near({-0.29433962, 0.43773585}, 1e-8));
  // Fewer examples than features.
  EXPECT_THAT(gt::least_squares(gt::tensor({{1.0, 2.0, 3.0}, {0.0, 1.0, -1.0}}), gt::tensor({1.0, 2.0}), {.l2 = 2}),
              near({0.0952381, 0.71428571, -0.23809524}, 1e-8));
}

TEST(Ridge, IsAccurateWhereTheSquareOfXIsNot) {
  // A polynomial of degree 8, whose weights Python's fractions give without rounding; xᵀx has condition 10¹¹ and more.
  const auto x = gt::arange(0, 16, 1, {.dtype = gt::float64}) / 16 - 0.5;
  const auto y = gt::floor((1 / (1 + 16 * gt::square(x))) * 0x1p20 + 0.5) * 0x1p-20;
  std::vector<gt::Tensor> powers{gt::ones_like(x)};
  for (int degree = 1; degree <= 8; ++degree) powers.push_back(powers.back() * x);
  const auto features = gt::stack(powers, 1);

  EXPECT_THAT(gt::least_squares(features, y, {.l2 = 0x1p-40}),
              near({0.9913181688201138, -0.032400669281702404, -13.4438659777195, 1.5806190937996327, 116.4509753312077,
                    -18.187702391003263, -513.9574145672804, 57.34070290185557, 866.3319124894263},
                   1e-10));
  EXPECT_THAT(gt::least_squares(features, y, {.l2 = 0x1p-10}),
              near({0.8521099492243459, 0.07976601612738658, -4.302551429496486, -0.7300859322144074, 4.239942992628581,
                    -0.6204845298248439, 1.38356409168254, -0.24370099894293218, 0.3538931665234948},
                   1e-12));
  EXPECT_THAT(
      gt::least_squares(features, y, {.l2 = 1}),
      near({0.5407706055602008, 0.058055028694947636, -0.224092854426323, 0.022421848064668414, -0.04411829264638793,
            0.006440296021281086, -0.00876648268053806, 0.001722590943647989, -0.001827737189249295},
           1e-14));
}

TEST(Ridge, TakesColumnsThatDependOnEachOther) {
  // Two equal columns share the weight 10 / (10 + l2/2).
  EXPECT_THAT(gt::least_squares(gt::tensor({{1.f, 1.f}, {3.f, 3.f}}), gt::tensor({2.f, 6.f}), {.l2 = 5}),
              near({0.8, 0.8}, 1e-7));
}

TEST(Ridge, HasItsDerivatives) {
  gt::Generator numbers(3);
  const auto f = [](const std::vector<gt::Tensor>& in) { return gt::least_squares(in[0], in[1], {.l2 = 0.3}); };
  for (const auto& [x, y] : {std::pair{gt::Shape{5, 3}, gt::Shape{5}}, std::pair{gt::Shape{2, 3}, gt::Shape{2, 2}}}) {
    const std::vector inputs{gt::randn(x, numbers, {.dtype = gt::float64}),
                             gt::randn(y, numbers, {.dtype = gt::float64})};
    const auto first = gt::gradcheck(f, inputs), second = gt::gradgradcheck(f, inputs);
    EXPECT_TRUE(first) << first.text;
    EXPECT_TRUE(second) << second.text;
  }
}

TEST(Ridge, KeepsTypesAndShapesAndRefusesWhatMakesNoSense) {
  const auto x = gt::tensor({{1.f, 0.f}, {0.f, 1.f}}), y = gt::tensor({2.f, 4.f});

  EXPECT_EQ(gt::least_squares(x, y, {.l2 = 1}).dtype(), gt::float32);
  EXPECT_THAT(gt::least_squares(x, gt::unsqueeze(y, 1), {.l2 = 1}), near({1, 2}));
  EXPECT_EQ(gt::least_squares(x, gt::unsqueeze(y, 1), {.l2 = 1}).shape(), (gt::Shape{2, 1}));
  EXPECT_ERROR(ValueError, gt::least_squares(x, y, {.l2 = -1}),
               "least_squares: l2 = -1 makes no sense: it must be at least 0");
  EXPECT_ERROR(ValueError, gt::least_squares(x, y / 0, {.l2 = 1}),
               "least_squares: y holds a number that is not finite\n  y  [2]  float32  cpu");
  EXPECT_ERROR(ValueError, gt::least_squares(gt::t(gt::ones({2, 1})), gt::ones({1})),
               "least_squares: 1 examples do not determine 2 weights\n  x  [1, 2]  float32  cpu\n  Take more examples, "
               "or give an l2: {.l2 = 1e-3}.");
}

}  // namespace
