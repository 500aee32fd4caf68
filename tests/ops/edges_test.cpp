// The conventions at kinks, poles and the ends of the number line, on both floating types.
#include "tests/support/near.h"

namespace {

const double inf = INFINITY, nan = NAN;

// f's gradient at x, where its result is summed.
template <class F>
gt::Tensor slope(F f, std::initializer_list<double> at, gt::DType dtype = gt::float64) {
  auto x = gt::tensor(at).to(dtype).requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(f(x)), x, {.allow_unused = true});
}
#define EXPECT_SLOPE(call, at, wanted)               \
  for (gt::DType dtype : {gt::float32, gt::float64}) \
  EXPECT_THAT(slope([](const gt::Tensor& x) { return call; }, std::initializer_list<double> at, dtype), near wanted)

TEST(Edges, KinksHaveTheirPublishedSlopes) {
  EXPECT_SLOPE(gt::relu(x), ({-1, 0, 1}), ({0, 0, 1}));
  EXPECT_SLOPE(gt::abs(x), ({-2, 0, 2}), ({-1, 0, 1}));
  EXPECT_SLOPE(gt::sign(x) + x * 0, ({-2, 0, 2}), ({0, 0, 0}));
  EXPECT_SLOPE(gt::leaky_relu(x, 0.1), ({-1, 0, 1}), ({0.1, 0.1, 1}));
  EXPECT_SLOPE(gt::clamp(x, -1, 1), ({-2, -1, 0, 1, 2}), ({0, 1, 1, 1, 0}));
}

TEST(Edges, TiesAreSplitEvenly) {
  EXPECT_SLOPE(gt::maximum(x, gt::tensor({1.0, 1.0, 1.0}).to(x.dtype())), ({0, 1, 2}), ({0, 0.5, 1}));
  EXPECT_SLOPE(gt::minimum(x, gt::tensor({1.0, 1.0, 1.0}).to(x.dtype())), ({0, 1, 2}), ({1, 0.5, 0}));
  EXPECT_SLOPE(gt::amax(x), ({3, 1, 3, 3}), ({1 / 3.0, 0, 1 / 3.0, 1 / 3.0}));
  EXPECT_SLOPE(gt::amin(x), ({3, 1, 1, 3}), ({0, 0.5, 0.5, 0}));
}

TEST(Edges, PowersOfZero) {
  auto x = gt::tensor({0.0, 0.0, 0.0, 2.0}).requires_grad_(), y = gt::tensor({0.0, 2.0, 1.0, 0.0}).requires_grad_();
  gt::Tape tape;
  const auto p = gt::pow(x, y);

  gt::sum(p).backward();

  EXPECT_THAT(p, near({1, 0, 0, 1}));
  EXPECT_THAT(x.grad(), near({0, 0, 1, 0}));                 // 0⁰: both partials 0
  EXPECT_THAT(y.grad(), near({0, 0, 0, std::log(2.0)}));
}

// d²p / da db, taken by a first and by b first.
std::pair<gt::Tensor, gt::Tensor> mixed_derivatives_of_power(const gt::Tensor& a, const gt::Tensor& b) {
  gt::Tape tape;
  const auto p = gt::pow(a, b);
  auto by_both = [&](const gt::Tensor& first, const gt::Tensor& then) {
    return gt::grad(gt::sum(gt::grad(gt::sum(p), first, {.create_graph = true, .retain_graph = true})), then);
  };
  return {by_both(a, b), by_both(b, a)};
}
TEST(Edges, TheMixedSecondDerivativeOfAPowerIsOneOverTheBaseAtExponentZero) {
  const auto a = gt::tensor({0.5, 2.0, 4.0}).requires_grad_(), b = gt::tensor({0.0, 0.0, 0.0}).requires_grad_();

  const auto [by_base, by_exponent] = mixed_derivatives_of_power(a, b);

  EXPECT_THAT(by_base, near({2, 0.5, 0.25}));
  EXPECT_THAT(by_exponent, near({2, 0.5, 0.25}));
}
TEST(Edges, TheHessianOfAPowerOfZeroIsSymmetric) {
  const auto a = gt::zeros({4}, {.dtype = gt::float64}).requires_grad_(),
             b = gt::tensor({0.0, 1.0, 2.0, 0.5}).requires_grad_();

  const auto [by_base, by_exponent] = mixed_derivatives_of_power(a, b);

  EXPECT_THAT(by_base, near({inf, 1, 0, -inf}));  // the slope by b at 0⁰ being 0
  EXPECT_THAT(by_exponent, near({inf, 1, 0, -inf}));
}
TEST(Edges, TheSlopeOfAPowerByItsBaseIsZeroAtExponentZero) {
  EXPECT_SLOPE(gt::pow(x, 0), ({-1, 0, 2, nan, inf}), ({0, 0, 0, 0, 0}));
}

TEST(Edges, TheSecondDerivativesOfLogsumexpAreRightWhereOneElementIsAllOfIt) {
  const auto x = gt::tensor({40.0, 0.0}).requires_grad_();  // exp(-40) is lost beside 1
  gt::Tape tape;
  const auto slope = gt::grad(gt::logsumexp(x), x, {.create_graph = true});

  const auto second = gt::grad(gt::select(slope, 0, 0), x);

  EXPECT_NEAR(second.to_vector<double>()[1] / -std::exp(-40), 1, 1e-9);
}

TEST(Edges, AnglesHaveTheirSlopes) {
  EXPECT_THAT(gt::atan(gt::tensor({-inf, -1.0, 0.0, 1.0, inf})), near({-M_PI / 2, -M_PI / 4, 0, M_PI / 4, M_PI / 2}));
  EXPECT_SLOPE(gt::atan(x), ({-inf, -1, 0, 1, inf}), ({0, 0.5, 1, 0.5, 0}));
  EXPECT_SLOPE(gt::atan(x) * 1e30, ({1e30}), ({1e-30}));
  EXPECT_SLOPE(gt::atan2(x, 0 * x), ({0}), ({0}));
  EXPECT_SLOPE(gt::atan2(x, 2), ({0, 2, inf, -inf}), ({0.5, 0.25, 0, 0}));
  EXPECT_SLOPE(gt::atan2(2, x), ({0, 2, inf, -inf}), ({-0.5, -0.25, 0, 0}));
  EXPECT_SLOPE(gt::atan2(x, 3e30) * 1e30, ({4e30}), ({0.12}));
}
TEST(Edges, AFloorHasNoSlope) { EXPECT_SLOPE(gt::floor(x), ({-1.5, 0, 2}), ({0, 0, 0})); }

TEST(Edges, PowersOfNegativeNumbers) {
  EXPECT_THAT(gt::pow(gt::tensor({-2.0, -2.0, -8.0}), gt::tensor({2.0, 3.0, 1.0 / 3})), near({4, -8, nan}));
  EXPECT_SLOPE(gt::pow(x, 3), ({-2, 0, 2}), ({12, 0, 12}));
}

TEST(Edges, OutOfDomainIsNan) {
  EXPECT_THAT(gt::log(gt::tensor({-1.0, 0.0})), near({nan, -inf}));
  EXPECT_THAT(gt::sqrt(gt::tensor({-1.0})), near({nan}));
  EXPECT_THAT(gt::log1p(gt::tensor({-2.0, -1.0})), near({nan, -inf}));
}

TEST(Edges, StableFormulasAtLargeInputs) {
  EXPECT_THAT(gt::sigmoid(gt::tensor({-1000.0, 1000.0})), near({0, 1}, 0));
  EXPECT_THAT(gt::softplus(gt::tensor({-1000.0, 1000.0})), near({0, 1000}, 0));
  EXPECT_THAT(gt::log_sigmoid(gt::tensor({-1000.0, 1000.0})), near({-1000, 0}, 0));
  EXPECT_THAT(gt::tanh(gt::tensor({-1000.0, 1000.0})), near({-1, 1}, 0));
  EXPECT_THAT(gt::softmax(gt::tensor({1000.0, 1000.0, -1000.0})), near({0.5, 0.5, 0}, 0));
  EXPECT_THAT(gt::log_softmax(gt::tensor({0.0, 1000.0})), near({-1000, 0}, 0));
  EXPECT_SLOPE(gt::softplus(x), ({-1000, 0, 1000}), ({0, 0.5, 1}));
  EXPECT_SLOPE(gt::silu(x), ({-1000, 0, 1000}), ({0, 0.5, 1}));
  EXPECT_SLOPE(gt::gelu(x), ({-1000, 0, 1000}), ({0, 0.5, 1}));
  EXPECT_SLOPE(gt::elu(x), ({-1000, 1000}), ({0, 1}));
}

TEST(LogSoftmax, LargeLogitsKeepAFiniteGradient) {
  auto logits = gt::tensor({1.f, 2.f, 3.f, 1000.f}).requires_grad_();
  gt::Tape tape;

  gt::select(gt::log_softmax(logits, 0), 0, 0).backward();

  // d log p_0 = 1 - p, and p is all on the last class.
  EXPECT_THAT(logits.grad(), near({1, 0, 0, -1}));
}

TEST(LogSoftmax, IsRightForRowsOfEveryLength) {
  gt::Generator numbers(1);
  for (std::int64_t columns = 1; columns <= 140; ++columns) {
    const auto x = gt::randn({9, columns}, numbers).requires_grad_(), seed = gt::randn({9, columns}, numbers);
    const auto exact = x.detach().to(gt::float64).requires_grad_();
    gt::Tape tape;
    const auto y = gt::log_softmax(x, 1), wanted = gt::log_softmax(exact, 1);
    const auto top = gt::amax(x.detach(), {1}), largest = gt::amax(exact.detach(), {1});

    EXPECT_THAT(y.detach(), near(wanted.detach(), 2e-6)) << columns;
    EXPECT_THAT(top, near(largest, 0)) << columns;
    EXPECT_THAT(gt::grad(std::vector{y}, std::vector{x}, {.seeds = {seed}})[0],
                near(gt::grad(std::vector{wanted}, std::vector{exact}, {.seeds = {seed.to(gt::float64)}})[0], 1e-5))
        << columns;
  }
}

TEST(CrossEntropy, IsNllOfLogSoftmaxForRowsOfEveryLength) {
  gt::Generator numbers(1);
  for (std::int64_t columns = 1; columns <= 140; ++columns) {
    const auto x = gt::randn({19, columns}, numbers).requires_grad_(),
               exact = x.detach().to(gt::float64).requires_grad_();
    const auto labels = gt::randint(0, columns, {19}, numbers);
    const std::int64_t ignored = labels.to_vector<std::int64_t>()[4];
    gt::Tape tape;
    const auto loss = gt::softmax_cross_entropy(x, labels, {}, ignored, gt::Reduction::sum);
    const auto wanted = gt::nll(gt::log_softmax(exact, 1), labels, {}, ignored, gt::Reduction::sum);

    EXPECT_THAT(loss.detach(), near(wanted.detach(), 2e-6)) << columns;
    EXPECT_THAT(gt::grad(loss, x), near(gt::grad(wanted, exact), 1e-6)) << columns;
  }
}

TEST(CrossEntropy, OfAnIgnoredRowIsZeroWhateverItHolds) {
  const auto x = gt::tensor({{1.0, 2.0}, {nan, 0.0}}).requires_grad_();
  gt::Tape tape;
  const auto loss = gt::cross_entropy(x, gt::tensor({1, -100}));

  loss.backward();

  EXPECT_THAT(loss, near({std::log1p(std::exp(-1.0))}));
  EXPECT_THAT(x.grad(), near({1 / (1 + std::exp(1.0)), -1 / (1 + std::exp(1.0)), 0, 0}));
}

TEST(CrossEntropy, OfAnIgnoredRowIsZeroOnEveryWay) {
  const auto x = gt::tensor({{1.0, 2.0}, {nan, 0.0}}).requires_grad_();
  const auto labels = gt::tensor({1, -100});
  gt::Tape tape;
  const auto wanted = gt::grad(gt::cross_entropy(x, labels), x);
  const auto smoothed = gt::grad(gt::cross_entropy(x, labels, {.label_smoothing = 0.1}), x);

  EXPECT_THAT(gt::grad(gt::cross_entropy(x, labels), x, {.create_graph = true}).detach(), near(wanted));
  EXPECT_THAT(gt::select(smoothed, 0, 1), near({0, 0}));
}

TEST(LogSumExp, OfAllMinusInfinityHasAGradientOfZero) {
  EXPECT_SLOPE(gt::where(x * 0 == 0, x, x) * 0 + gt::logsumexp(x), ({1, 1}), ({1, 1}));
  auto x = gt::tensor({-inf, -inf}).requires_grad_();
  gt::Tape tape;
  const auto y = gt::logsumexp(x);

  y.backward();

  EXPECT_THAT(y, near({-inf}));
  EXPECT_THAT(x.grad(), near({0, 0}));
}

TEST(Prod, IsRightForAnyNumberOfZeros) {
  EXPECT_SLOPE(gt::prod(x), ({2, 3, 4}), ({12, 8, 6}));
  EXPECT_SLOPE(gt::prod(x), ({2, 0, 4}), ({0, 8, 0}));
  EXPECT_SLOPE(gt::prod(x), ({0, 0, 4}), ({0, 0, 0}));
  const auto h = gt::hessian([](const gt::Tensor& x) { return gt::prod(x); }, gt::tensor({0.0, 0.0, 4.0}));
  EXPECT_THAT(h, near({0, 4, 0, 4, 0, 0, 0, 0, 0}));
}

TEST(Std, HasAGradientOfZeroWhereAllAreEqual) {
  EXPECT_SLOPE(gt::std(x), ({2, 2, 2}), ({0, 0, 0}));
  EXPECT_SLOPE(gt::std(x), ({1, 3}), ({-std::sqrt(0.5), std::sqrt(0.5)}));
}

TEST(Sum, OfAMillionTenthsIsRightToTheLastBit) {
  const auto x = gt::full({1'000'000}, 0.1);
  const float wanted = static_cast<float>(1e6 * static_cast<double>(0.1f));

  EXPECT_LE(std::abs(gt::sum(x).item<float>() - wanted), std::nextafter(wanted, INFINITY) - wanted);
  EXPECT_FLOAT_EQ(gt::mean(x).item<float>(), 0.1f);
}

TEST(Reduce, NothingHasItsNeutralElement) {
  const auto none = gt::zeros({0});

  EXPECT_EQ(gt::sum(none).item(), 0);
  EXPECT_EQ(gt::prod(none).item(), 1);
  EXPECT_TRUE(std::isnan(gt::mean(none).item()));
  EXPECT_EQ(gt::logsumexp(none).item(), -inf);
  EXPECT_EQ(gt::any(none).item(), 0);
  EXPECT_EQ(gt::all(none).item(), 1);
  EXPECT_ERROR(ShapeError, gt::amax(none), "amax: there is nothing to choose from\n  tensor  [0]  float32  cpu");
  EXPECT_THROW(gt::argmin(none), gt::ShapeError);
}

TEST(Reduce, KeepsNan) {
  const auto x = gt::tensor({1.0, nan, 3.0});

  EXPECT_THAT(gt::amax(x), near({nan}));
  EXPECT_THAT(gt::amin(x), near({nan}));
  EXPECT_THAT(gt::sum(x), near({nan}));
  EXPECT_EQ(gt::argmax(x).item(), 1);
  EXPECT_THAT(gt::maximum(x, gt::tensor({nan, 1.0, 1.0})), near({nan, nan, 3}));
}

TEST(Reduce, TakesAnySetOfDimensions) {
  const auto x = gt::arange(0, 24, 1, {.dtype = gt::float64});
  const auto cube = gt::reshape(x, {2, 3, 4});

  EXPECT_THAT(gt::sum(cube, {0, 2}), near({60, 92, 124}));
  EXPECT_EQ(gt::sum(cube, {-1}, true).shape(), (gt::Shape{2, 3, 1}));
  EXPECT_THAT(gt::amax(cube, {1}), near({8, 9, 10, 11, 20, 21, 22, 23}));
  EXPECT_THAT(gt::var(cube), near({50}));  // (24² - 1) / 12 · 24/23
  EXPECT_THAT(gt::argmin(cube, 0), near(gt::zeros({3, 4})));
  EXPECT_ERROR(IndexError, gt::sum(cube, {1, -2}),
               "sum: dimension -2 is named twice\n  tensor  [2, 3, 4]  float64  cpu");
}

TEST(Where, IntegersStayIntegers) {
  const auto chosen = gt::where(gt::tensor({true, false}), gt::tensor({3, 4}), gt::tensor({5, 6}));

  EXPECT_EQ(chosen.dtype(), gt::DType::int32);
  EXPECT_THAT(chosen, near({3, 6}));
}

TEST(Where, TakesTheTypeOfItsBranches) {
  EXPECT_THAT(gt::where(gt::scalar(1e-50), gt::tensor({1.f}), gt::tensor({2.f})), near({1}));
  EXPECT_EQ(gt::where(gt::tensor({1.0}), gt::tensor({1.f}), gt::tensor({2.f})).dtype(), gt::float32);
  EXPECT_EQ(
      gt::where(gt::tensor({1, 0}), gt::zeros({2}, {.dtype = gt::uint8}), gt::ones({2}, {.dtype = gt::uint8})).dtype(),
      gt::uint8);
}

TEST(MaskedFill, AndClampLeaveIntegersWhatTheyAre) {
  const auto x = gt::tensor<std::int64_t>({16777217, 5});

  EXPECT_THAT(gt::masked_fill(x, gt::tensor({false, true}), 0), near({16777217, 0}, 0));
  EXPECT_EQ(gt::masked_fill(x, gt::tensor({false, true}), 0).dtype(), gt::int64);
  EXPECT_THAT(gt::clamp(x, 6, 1e9), near({16777217, 6}, 0));
  EXPECT_EQ(gt::clamp(x, 0, 1e9).dtype(), gt::int64);
  EXPECT_THAT(gt::clamp(gt::tensor({1, 3}), 1.5, 2.5), near({1.5, 2.5}));
  EXPECT_THAT(gt::masked_fill(gt::tensor({1.f}), gt::tensor({true}), -inf), near({-inf}));
}

TEST(MaskedFill, LetsNoGradientThroughItsMask) {
  EXPECT_SLOPE(gt::masked_fill(gt::log(x), x <= 0, 0), ({-1, 0, 2}), ({0, 0, 0.5}));
}

TEST(Promotion, FollowsLibtorch) {
  const auto i = gt::tensor({1, 2}), u = gt::tensor({1, 2}).to(gt::DType::uint8), b = gt::tensor({true, false});
  const auto f = gt::tensor({1.f, 2.f}), d = gt::tensor({1.0, 2.0}), l = gt::arange(0, 2);

  EXPECT_EQ((i + f).dtype(), gt::float32);
  EXPECT_EQ((l + f).dtype(), gt::float32);
  EXPECT_EQ((f + d).dtype(), gt::float64);
  EXPECT_EQ((f + gt::scalar(1.0)).dtype(), gt::float32);  // a number without dimensions raises the kind alone
  EXPECT_EQ((i / i).dtype(), gt::float32);
  EXPECT_EQ((i + l).dtype(), gt::DType::int64);
  EXPECT_EQ((u + i).dtype(), gt::DType::int32);
  EXPECT_EQ((b + i).dtype(), gt::DType::int32);
  EXPECT_EQ((f * 2.5).dtype(), gt::float32);
  EXPECT_EQ((i * 2).dtype(), gt::DType::int32);
  EXPECT_EQ((i * 2.5).dtype(), gt::float32);
  EXPECT_EQ((i < l).dtype(), gt::DType::boolean);
  EXPECT_EQ(gt::sum(b).dtype(), gt::DType::int64);
  EXPECT_EQ(gt::mean(i).dtype(), gt::float32);
  EXPECT_EQ(gt::exp(i).dtype(), gt::float32);
}

TEST(Promotion, IntegersKeepEveryBit) {
  const auto big = gt::tensor(std::vector<std::int64_t>{(1LL << 53) + 1}, {1});

  EXPECT_EQ((big + 1).item<std::int64_t>(), (1LL << 53) + 1 + 1);
}

TEST(Promotion, IntegersWrap) {
  const auto most = gt::tensor(std::vector<std::int64_t>{INT64_MAX, INT64_MAX}, {2}), least = most + 1;

  EXPECT_EQ(least.to_vector<std::int64_t>()[0], INT64_MIN);
  EXPECT_EQ((-least).to_vector<std::int64_t>()[0], INT64_MIN);
  EXPECT_EQ(gt::abs(least).to_vector<std::int64_t>()[0], INT64_MIN);
  EXPECT_EQ((most * most).to_vector<std::int64_t>()[0], 1);
  EXPECT_EQ(gt::sum(most).to_vector<std::int64_t>()[0], -2);
  EXPECT_EQ(gt::amax(least).to_vector<std::int64_t>()[0], INT64_MIN);
  EXPECT_EQ(gt::amin(most).to_vector<std::int64_t>()[0], INT64_MAX);
}

TEST(Broadcasting, SumsGradientsBackToTheirShape) {
  auto column = gt::ones({3, 1}, {.dtype = gt::float64}).requires_grad_(),
       row = gt::tensor({1.0, 2.0}).requires_grad_();
  gt::Tape tape;

  gt::sum(column * row).backward();

  EXPECT_THAT(column.grad(), near({3, 3, 3}));
  EXPECT_THAT(row.grad(), near({3, 3}));
  EXPECT_EQ(column.grad().shape(), (gt::Shape{3, 1}));
}

// Rows, columns and middles, longer and shorter than what the CPU reads at a time, and not of its packs.
TEST(Broadcasting, HasTheBitsOfCopies) {
  const auto whole = [](const gt::Tensor& x, const gt::Shape& shape) {
    return gt::broadcast_to(x, shape).contiguous();
  };
  const std::vector<std::pair<gt::Shape, gt::Shape>> shapes = {
      {{300, 100}, {100}},   {{300, 100}, {300, 1}},     {{3, 1500}, {1500}},       {{3, 1500}, {3, 1}},
      {{5, 2048}, {5, 1}},   {{5, 2048}, {2048}},        {{40, 1024}, {1024}},      {{1024}, {40, 1}},
      {{7, 3, 333}, {3, 1}}, {{7, 300, 64}, {7, 1, 64}}, {{2, 2, 1111}, {2, 1, 1}}, {{5, 2047}, {5, 1}},
      {{9, 2049}, {1, 2049}}};
  for (const auto& [a, b] : shapes)
    for (const gt::DType dtype : {gt::float32, gt::float64, gt::int64, gt::int8}) {
      SCOPED_TRACE(gt::to_string(a) + " and " + gt::to_string(b) + " of " + gt::name_of(dtype));
      const auto x = gt::randn(a) * 30, y = (gt::randn(b) * 30).to(dtype);
      const auto shape = (x - y).shape();

      EXPECT_TRUE(gt::array_equal(x - y, whole(x, shape) - whole(y, shape)));
      EXPECT_TRUE(gt::array_equal(y - x, whole(y, shape) - whole(x, shape)));
    }
}
TEST(OpErrors, NameTheOpWhatCameAndTheWayOut) {
  const auto x = gt::zeros({2, 3}), y = gt::zeros({4, 3});

  EXPECT_ERROR(ShapeError, x + y,
               "add: the shapes do not broadcast\n  left   [2, 3]  float32  cpu\n  right  [4, 3]  float32  cpu\n"
               "  Sizes must be equal, or 1, counted from the last dimension.");
  EXPECT_ERROR(ShapeError, gt::matmul(x, y),
               "matmul: columns of left and rows of right differ\n  left   [2, 3]  float32  cpu\n  right  [4, 3]  "
               "float32  cpu\n  3 and 4 must be equal.");
  EXPECT_ERROR(ShapeError, gt::reshape(x, {4}),
               "reshape: 6 elements do not fill the shape [4]\n  tensor  [2, 3]  float32  cpu");
  EXPECT_ERROR(IndexError, gt::softmax(x, 2),
               "softmax: there is no dimension 2\n  tensor  [2, 3]  float32  cpu\n  -2 to 1 are there.");
  EXPECT_ERROR(IndexError, gt::index_select(x, 1, gt::tensor({0, 3})),
               "index_select: value 3 at position 1 is out of range\n  indices  [2]  int32  cpu\n  It must be at least "
               "0 and below 3.");
  EXPECT_ERROR(IndexError, gt::select(x, 0, 2),
               "select: index 2 of a dimension of size 2\n  tensor  [2, 3]  float32  cpu");
  EXPECT_THROW(gt::cat({x, gt::zeros({2})}), gt::ShapeError);
  EXPECT_THROW(gt::slice(x, 0, 0, 2, 0), gt::ValueError);
  EXPECT_THROW(gt::one_hot(gt::tensor({3}), 3), gt::IndexError);
}

}  // namespace
