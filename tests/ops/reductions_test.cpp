// Sums, means, norms and counts over dimensions, however these are named.
#include <algorithm>
#include <array>

#include "tests/cuda/device.h"

namespace {

class CudaReductions : public Cuda {};

const double inf = INFINITY, nan = NAN;

// f's gradient at x, where its result is summed, and the Hessian of that sum.
template <class F> gt::Tensor slope(F f, const gt::Tensor& at) {
  const auto x = at.detach().requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(f(x)), x);
}
template <class F> gt::Tensor curvature(F f, const gt::Tensor& at) {
  return gt::hessian([f](const gt::Tensor& x) { return gt::sum(f(x)); }, at);
}

TEST(Axes, AreNothingANumberAListOrAnythingThatHoldsSuch) {
  const auto x = walk({2, 3, 4});
  const auto along_1 = gt::sum(x, {1}), along_both = gt::sum(x, {0, 2});
  const int ints[] = {0, 2};
  const std::vector<int> vector = {0, 2};
  const std::span<const int> span = vector;
  const std::size_t one = 1;
  const std::int64_t last = -2;

  EXPECT_EQ(gt::sum(x, {}).shape(), gt::Shape{});
  for (const auto& got : {gt::sum(x, 1), gt::sum(x, one), gt::sum(x, last), gt::sum(x, std::array{1})})
    EXPECT_THAT(got, the_same_as(along_1));
  for (const auto& got : {gt::sum(x, ints), gt::sum(x, vector), gt::sum(x, span), gt::sum(x, std::array{0, 2}),
                          gt::sum(x, gt::Dims{0, 2}), gt::sum(x, std::vector<std::int64_t>{0, 2}), gt::sum(x, {-1, 0})})
    EXPECT_THAT(got, the_same_as(along_both));
  EXPECT_THAT(gt::sum(x, std::vector<int>()), the_same_as(gt::sum(x)));
  static_assert(!std::is_convertible_v<bool, gt::Axes> && !std::is_convertible_v<double, gt::Axes>);
}
TEST(Axes, WorkForEveryReduction) {
  const auto x = walk({2, 3, 4}, gt::between(0.5, 2));
  const gt::Shape wanted = {2, 4}, kept = {2, 1, 4};
  const gt::Dims dims = {1};
  for (const auto& got :
       {gt::mean(x, 1), gt::prod(x, dims), gt::amax(x, 1), gt::amin(x, dims), gt::logsumexp(x, 1), gt::var(x, dims),
        gt::std(x, 1), gt::any(x, dims), gt::all(x, 1), gt::nansum(x, dims), gt::nanmean(x, 1), gt::norm(x, 3, dims),
        gt::count_nonzero(x, 1), gt::aminmax(x, dims).max, gt::var_mean(x, 1).mean, gt::std_mean(x, dims).std})
    EXPECT_EQ(got.shape(), wanted);
  for (const auto& got : {gt::any(x, 1, true), gt::norm(x, inf, dims, true), gt::count_nonzero(x, 1, true),
                          gt::aminmax(x, dims, true).min, gt::var_mean(x, 1, 0, true).var})
    EXPECT_EQ(got.shape(), kept);
  EXPECT_THAT(gt::logsumexp(x, {0, 2}), near(gt::log(gt::sum(gt::exp(x), {0, 2})), 1e-14));
}
TEST(Axes, ThatAreNotThereOrNamedTwiceAreRefusedHoweverMany) {
  const auto x = gt::ones({2, 3});
  EXPECT_THROW(gt::sum(x, 2), gt::IndexError);
  EXPECT_THROW(gt::sum(x, {0, -2}), gt::IndexError);
  EXPECT_THROW(gt::sum(gt::ones({1, 1, 1, 1, 1, 1, 1, 1}), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), gt::IndexError);
  EXPECT_THROW(gt::sum(gt::ones({1, 1, 1, 1, 1, 1, 1, 1}), std::vector<int>(1000)), gt::IndexError);
  EXPECT_THROW(gt::sum(gt::scalar(1.0), {0, 0, 0}), gt::IndexError);
}

TEST(Reductions, ConvertTheirInputToATypeThatIsAskedFor) {
  const auto x = gt::full({3, 70000}, 1e-5).to(gt::float16);  // 1.0014e-05 in 16 bits, whose sums are below 1
  const double each = 1.0013580322265625e-05;
  EXPECT_THAT(gt::sum(x, 1, false, gt::float64), near({each * 70000, each * 70000, each * 70000}, 1e-12));
  EXPECT_EQ(gt::sum(x, 1, false, gt::float64).dtype(), gt::float64);
  EXPECT_THAT(gt::mean(gt::tensor({1, 2}), 0, false, gt::float64), near({1.5}));
  EXPECT_EQ(gt::mean(gt::tensor({1, 2}), 0, false, gt::float64).dtype(), gt::float64);
  EXPECT_EQ(gt::prod(gt::tensor({1.5f, 2.f}), 0, true, gt::int32).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{2}));
  EXPECT_EQ(gt::nansum(gt::tensor({1.f}), {}, false, gt::float64).dtype(), gt::float64);
  EXPECT_EQ(gt::nanmean(gt::tensor({1, 2}), {}, false, gt::float64).dtype(), gt::float64);
  EXPECT_THAT(slope([](const auto& v) { return gt::sum(v, 0, false, gt::float64) * 3; }, gt::tensor({1.f, 2.f})),
              near({3, 3}));
}

TEST(Argmax, IsTheFirstWhereverItStands) {
  for (const std::int64_t columns : {1, 5, 31, 32, 33, 65, 131})
    for (const auto type : {gt::float32, gt::float64, gt::int64})
      for (const double top : {3.0, static_cast<double>(NAN)}) {
        if (type == gt::int64 && std::isnan(top)) continue;
        int wrong = 0;
        for (std::int64_t place = 0; place < columns; ++place) {
          std::vector<double> row(static_cast<std::size_t>(columns), -1);
          for (std::int64_t i = place; i < columns; i += 7) row[static_cast<std::size_t>(i)] = top;
          const gt::Tensor x = gt::tensor(row, {columns}).to(type);
          wrong += gt::argmax(x).item<std::int64_t>() != place;
          wrong += gt::argmin(-x).item<std::int64_t>() != place;
        }
        EXPECT_EQ(wrong, 0) << columns << " of " << gt::name_of(type) << ", the top is " << top;
      }
}

TEST(Reductions, OfAllAreNumbers) {
  const auto x = gt::tensor({{2.0, -3.0}, {7.0, 7.0}});
  EXPECT_EQ(gt::max(x).item<double>(), 7);
  EXPECT_EQ(gt::min(x).item<double>(), -3);
  EXPECT_THAT(gt::min(gt::tensor({4, 2, 3})), near({2}));
  EXPECT_EQ(gt::min(gt::tensor({4, 2, 3})).dtype(), gt::amin(gt::tensor({4, 2, 3})).dtype());
  EXPECT_TRUE(std::isnan(gt::max(gt::tensor({1.0, nan})).item<double>()));
  EXPECT_THAT(slope([](const auto& v) { return gt::max(v); }, x), near({0, 0, 0.5, 0.5}));
  EXPECT_THROW(gt::max(gt::zeros({0})), gt::ShapeError);
  const auto [least, most] = gt::aminmax(x, 0);
  EXPECT_THAT(least, near({2, -3}));
  EXPECT_THAT(most, near({7, 7}));
  // The others of these names are still who they are.
  EXPECT_THAT(gt::max(x, 0).indices, near({1, 1}));
  EXPECT_THAT(gt::max(x, gt::scalar(5.0)), near({5, 5, 7, 7}));
  EXPECT_THAT(gt::argmax(x), near({2}));
  EXPECT_THAT(gt::argmax(x, 1), near({0, 0}));
}

TEST(Reductions, LeaveNanOutWhereTheirNameSaysSo) {
  const auto x = gt::tensor({{1.0, nan, 5.0}, {nan, nan, nan}, {inf, 1.0, nan}});
  EXPECT_THAT(gt::nansum(x, 1), near({6, 0, inf}));
  EXPECT_THAT(gt::nanmean(x, 1), near({3, nan, inf}));
  EXPECT_THAT(gt::nansum(x, 0), near({inf, 1, 5}));
  EXPECT_THAT(gt::nanmean(x.to(gt::float32), 0), near({inf, 1, 5}));
  EXPECT_THAT(gt::nansum(gt::tensor({3, 4})), near({7}));
  EXPECT_EQ(gt::nansum(gt::zeros({0})).item<double>(), 0);
  EXPECT_TRUE(std::isnan(gt::nanmean(gt::zeros({0})).item<double>()));
  EXPECT_THAT(slope([](const auto& v) { return gt::nansum(v, 1) + 2 * gt::nanmean(v, 1); }, gt::slice(x, 0, 0, 1)),
              near({2, 0, 2}));
}

TEST(Reductions, OfExponentialsAreInfiniteAsTheLargestIsWithAllOfTheGradient) {
  const auto f = [](const gt::Tensor& v) { return gt::logsumexp(v, 0); };
  EXPECT_THAT(f(gt::tensor({1.0, inf})), near({inf}));
  EXPECT_THAT(slope(f, gt::tensor({1.0, inf})), near({0, 1}));
}

TEST(Reductions, GiveVarianceAndMeanTogether) {
  const auto x = walk({5, 7, 3});
  const auto [var, mean] = gt::var_mean(x, {0, 2}, 0);
  EXPECT_THAT(var, the_same_as(gt::var(x, {0, 2}, 0)));
  EXPECT_THAT(mean, the_same_as(gt::mean(x, {0, 2})));
  const auto both = gt::std_mean(x, 1);
  EXPECT_THAT(both.std, the_same_as(gt::std(x, 1)));
  EXPECT_THAT(both.mean, the_same_as(gt::mean(x, 1)));
  const auto kept = gt::std_mean(x, 1, 0, true);
  EXPECT_THAT(kept.std, the_same_as(gt::std(x, 1, 0, true)));
  EXPECT_THAT(kept.mean, the_same_as(gt::mean(x, 1, true)));
  EXPECT_THAT(gt::var_mean(x, 1, 0, true).mean, the_same_as(gt::mean(x, 1, true)));
}

TEST(Reductions, OfVarianceDivideByTheCountLessTheCorrection) {
  const auto x = gt::tensor({1.0, 2.0, 6.0});  // of mean 3, and 14 the sum of squares from there
  for (const double correction : {0.0, 1.0, 2.0, 0.5}) {
    EXPECT_THAT(gt::var(x, 0, correction), near({14 / (3 - correction)}, 1e-15)) << correction;
    EXPECT_THAT(gt::std(x, 0, correction), near({std::sqrt(14 / (3 - correction))}, 1e-15)) << correction;
    EXPECT_THAT(slope([=](const auto& v) { return gt::var(v, 0, correction); }, x),
                near({-4 / (3 - correction), -2 / (3 - correction), 6 / (3 - correction)}, 1e-15));
  }
}

TEST(Reductions, CountWhatIsNotZero) {
  EXPECT_EQ(gt::count_nonzero(gt::zeros({0})).item<std::int64_t>(), 0);
  for (const auto type : {gt::float64, gt::float32, gt::float16, gt::bfloat16, gt::int64, gt::int32, gt::uint8}) {
    const auto x = gt::tensor({{0.0, 3.0, 0.0}, {1.0, 2.0, 0.0}}).to(type);
    EXPECT_THAT(gt::count_nonzero(x, 1), near({1, 2}));
    EXPECT_THAT(gt::count_nonzero(x, 0), near({1, 2, 0}));
    EXPECT_EQ(gt::count_nonzero(x).item<std::int64_t>(), 3);
    EXPECT_EQ(gt::count_nonzero(x).dtype(), gt::int64);
  }
  EXPECT_EQ(gt::count_nonzero(gt::tensor({true, false, true})).item<std::int64_t>(), 2);
  EXPECT_EQ(gt::count_nonzero(gt::tensor({nan, -0.0, inf})).item<std::int64_t>(), 2);
}
TEST(Reductions, CountMoreThanFloatsTellApart) {
  const auto x = gt::ones({(1 << 24) + 5});
  EXPECT_EQ(gt::count_nonzero(x).item<std::int64_t>(), (1 << 24) + 5);
}

TEST(Reductions, AnyAndAllAreBoolOfEveryType) {
  for (const auto type :
       {gt::float64, gt::float32, gt::float16, gt::bfloat16, gt::int64, gt::int32, gt::uint8, gt::boolean}) {
    const auto x = gt::reshape(gt::tensor({0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0}), {2, 2, 2}).to(type);
    for (const auto& got : {gt::any(x), gt::all(x), gt::any(x, {0, 2}), gt::all(x, 0, true)})
      EXPECT_EQ(got.dtype(), gt::boolean) << gt::name_of(type);
    EXPECT_THAT(gt::any(x, {1, 2}), near({1, 1}));
    EXPECT_THAT(gt::all(x, {1, 2}), near({0, 1}));
    EXPECT_THAT(gt::all(x, {0, 1}), near({0, 0}));
    EXPECT_TRUE(gt::any(x).item<bool>());
    EXPECT_FALSE(gt::all(x).item<bool>());
  }
  EXPECT_FALSE(gt::any(gt::zeros({0})).item<bool>());
  EXPECT_TRUE(gt::all(gt::zeros({0})).item<bool>());
  for (const double other : {nan, -1.0}) {
    EXPECT_TRUE(gt::any(gt::tensor({0.0, other})).item<bool>()) << other;
    EXPECT_TRUE(gt::all(gt::tensor({1.0, other})).item<bool>()) << other;
  }
}

// By hand, in 64 bits of fraction.
double norm_by_hand(const std::vector<double>& x, double p) {
  long double total = 0, most = 0, least = INFINITY;
  for (const double v : x) {
    const long double size = std::abs(static_cast<long double>(v));
    most = std::max(most, size), least = std::min(least, size);
    total += p == 0 ? size != 0 : std::pow(size, static_cast<long double>(p));
  }
  if (std::isinf(p)) return static_cast<double>(p > 0 ? most : least);
  return static_cast<double>(p == 0 ? total : std::pow(total, 1 / static_cast<long double>(p)));
}
const double all_p[] = {0, 1, 2, 3, 0.5, 1.5, 2.5, 10, -1, -2.5, inf, -inf};

TEST(Norm, IsWhatALongDoubleGives) {
  for (const double p : all_p)
    for (const std::int64_t columns : {1, 2, 5, 16, 17, 33, 140, 1000}) {
      const auto x = walk({3, columns}, gt::between(-3, 2));
      const auto side_by_side = gt::transpose(x, 0, 1).contiguous();
      std::vector<double> wanted;
      for (int row = 0; row < 3; ++row) wanted.push_back(norm_by_hand(gt::select(x, 0, row).to_vector<double>(), p));
      SCOPED_TRACE(testing::Message() << "p = " << p << ", columns = " << columns);
      EXPECT_THAT(gt::norm(x, p, 1), elements_near(wanted, 1e-14 * (p && std::abs(p) < 1 ? 10 : 1)));
      EXPECT_THAT(gt::norm(side_by_side, p, 0), elements_near(wanted, 1e-14 * (p && std::abs(p) < 1 ? 10 : 1)));
      EXPECT_THAT(gt::norm(x.to(gt::float32), p, 1), elements_near(wanted, 1e-6));
      EXPECT_THAT(gt::norm(side_by_side.to(gt::float32), p, 0), elements_near(wanted, 1e-6));
    }
}

TEST(Norm, NeitherOverflowsNorUnderflows) {
  for (const double p : {1.0, 2.0, 3.0, 0.5, 7.5, -1.0, -3.0, inf, -inf})
    for (const auto& [type, sizes] : {std::pair{gt::float64, std::vector{1e200, 1e-200, 1e300, 1e-300, 1e-320}},
                                      std::pair{gt::float32, std::vector{1e30, 1e-30, 1e36, 1e-40}}})
      for (const double size : sizes) {
        const auto x = gt::tensor({{3.0, -4.0, 1.0}, {0.5, 2.0, 5.0}}), huge = (x * size).to(type);
        const auto unit = (huge.to(gt::float64) / size), wanted = gt::norm(unit, p, 1);
        SCOPED_TRACE(testing::Message() << "p = " << p << ", size = " << size);
        const double tolerance = type == gt::float64 ? (size < 1e-310 ? 1e-3 : 1e-13) : (size < 1e-38 ? 1e-4 : 1e-6);
        EXPECT_THAT(gt::norm(huge, p, 1).to(gt::float64) / size, near(wanted, tolerance));
        EXPECT_THAT(gt::norm(gt::transpose(huge, 0, 1).contiguous(), p, 0).to(gt::float64) / size,
                    near(wanted, tolerance));
        if (size < 1e-310 || size == 1e-40) continue;
        EXPECT_THAT(slope([&](const auto& v) { return gt::norm(v, p, 1); }, huge),
                    near(slope([&](const auto& v) { return gt::norm(v, p, 1); }, unit), 1e-5));
      }
}
TEST(Norm, OfALongRowIsRightAmongHugeAndTinyParts) {
  const std::int64_t count = 100003;
  auto x = gt::full({count}, 1e-170, {.dtype = gt::float64});
  EXPECT_NEAR(gt::norm(x).item<double>() / 1e-170, std::sqrt(count), 1e-10);
  x.data<double>()[70000] = 1e200;
  x.data<double>()[100002] = -1e200;
  EXPECT_NEAR(gt::norm(x).item<double>() / 1e200, std::sqrt(2.0), 1e-15);
}
TEST(Norm, AndExtremesOfALongRowHaveTheBitsOfOneThread) {
  const int threads = gt::num_threads();
  for (const std::int64_t count : {32768, 32769, 49152, 100003}) {
    const auto x = walk({count}, gt::between(-3, 2));
    std::vector<gt::Tensor> alone, together;
    for (auto& all : {&alone, &together}) {
      gt::set_num_threads(all == &alone ? 1 : 4);
      *all = {gt::norm(x),
              gt::norm(x.to(gt::float32)),
              gt::norm(x, inf),
              gt::norm(x, -inf),
              gt::max(x),
              gt::min(x),
              gt::max(gt::floor(x * 100).to(gt::int64))};
    }
    gt::set_num_threads(threads);
    for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_THAT(together[i], the_same_as(alone[i])) << count;
    const auto numbers = x.to_vector<double>();
    EXPECT_NEAR(alone[0].item<double>(), norm_by_hand(numbers, 2), 1e-12);
    EXPECT_EQ(alone[2].item<double>(), norm_by_hand(numbers, inf));
    EXPECT_EQ(alone[3].item<double>(), norm_by_hand(numbers, -inf));
    EXPECT_EQ(alone[4].item<double>(), *std::max_element(numbers.begin(), numbers.end()));
    EXPECT_EQ(alone[5].item<double>(), *std::min_element(numbers.begin(), numbers.end()));
  }
}

TEST(Norm, HasTheGradientsOfDifferences) {
  const auto x = walk({3, 5}, gt::between(-3, 2));
  for (const double p : all_p) {
    const gt::Function f = [p](const auto& v) { return gt::norm(v[0], p, 1, true); };
    const auto first = gt::gradcheck(f, {x}), second = gt::gradgradcheck(f, {x});
    EXPECT_TRUE(first.ok) << p << '\n' << first.text;
    EXPECT_TRUE(second.ok) << p << '\n' << second.text;
  }
}
TEST(Norm, HasASlopeOf0AtTheOrigin) {
  for (const double p : {0.0, 1.0, 2.0, 3.0, 0.5, 1.5, -1.0, inf, -inf}) {
    const auto f = [p](const gt::Tensor& v) { return gt::norm(v, p, 0); };
    const auto origin = gt::zeros({3}, {.dtype = gt::float64});
    EXPECT_EQ(f(origin).item<double>(), 0) << p;
    EXPECT_THAT(slope(f, origin), near({0, 0, 0})) << p;
    EXPECT_THAT(curvature(f, origin), near(gt::zeros({3, 3}))) << p;
  }
  // A 0 beside other numbers has none either, where the power's is infinite.
  EXPECT_THAT(slope([](const auto& v) { return gt::norm(v, 0.5); }, gt::tensor({4.0, 0.0})), near({1, 0}));
  EXPECT_THAT(slope([](const auto& v) { return gt::norm(v, -1); }, gt::tensor({4.0, 0.0})), near({0, 0}));
}
TEST(Norm, SquaredHasTheHessianOfASum) {
  EXPECT_THAT(curvature([](const auto& v) { return gt::square(gt::norm(v)); }, gt::tensor({3.0, 0.0, -1e-3})),
              near(2 * gt::eye(3), 1e-9));
}
TEST(Norm, SharesTheGradientAmongTheLargest) {
  const auto x = gt::tensor({3.0, -3.0, 1.0, -1.0});
  EXPECT_THAT(slope([](const auto& v) { return gt::norm(v, inf); }, x), near({0.5, -0.5, 0, 0}));
  EXPECT_THAT(slope([](const auto& v) { return gt::norm(v, -inf); }, x), near({0, 0, 0.5, -0.5}));
  EXPECT_THAT(slope([](const auto& v) { return gt::norm(v, 0); }, x), near({0, 0, 0, 0}));
}
TEST(Norm, KeepsNanAndInfinity) {
  for (const double p : {1.0, 2.0, 3.0, inf}) {
    EXPECT_TRUE(std::isnan(gt::norm(gt::tensor({1.0, nan, inf}), p).item<double>())) << p;
    EXPECT_EQ(gt::norm(gt::tensor({1.0, -inf, 2.0}), p).item<double>(), inf) << p;
  }
  EXPECT_EQ(gt::norm(gt::tensor({1.0, -inf, 2.0}), -1).item<double>(), 2 / 3.0);
  EXPECT_EQ(gt::norm(gt::tensor({nan, 0.0}), 0).item<double>(), 1);
}
TEST(Norm, OfNothingIs0AndRefusedWhereTheSmallestDecides) {
  const auto nothing = gt::zeros({2, 0});
  for (const double p : {0.0, 0.5, 1.0, 2.0, 3.0, inf}) EXPECT_THAT(gt::norm(nothing, p, 1), near({0, 0})) << p;
  EXPECT_THROW(gt::norm(nothing, -1, 1), gt::ShapeError);
  EXPECT_THROW(gt::norm(nothing, -inf, 1), gt::ShapeError);
  EXPECT_EQ(gt::norm(nothing, -1, 0).shape(), gt::Shape{0});
  EXPECT_THROW(gt::norm(nothing, nan), gt::ValueError);
}
TEST(Norm, FrobeniusIsOverTwoDimensions) {
  const auto x = gt::reshape(gt::tensor({3.0, 0.0, 0.0, 4.0, 1.0, 1.0, 1.0, 1.0}), {2, 2, 2});
  EXPECT_THAT(gt::norm(x, "fro", {1, 2}), near({5, 2}));
  EXPECT_EQ(gt::norm(x, "fro", {-2, -1}, true).shape(), (gt::Shape{2, 1, 1}));
  EXPECT_THAT(gt::norm(gt::select(x, 0, 0), "fro"), near({5}));
  EXPECT_THAT(gt::linalg_vector_norm(x, 2, 2), near({3, 4, std::sqrt(2.0), std::sqrt(2.0)}));
  EXPECT_THROW(gt::norm(x, "fro"), gt::ValueError);
  EXPECT_THROW(gt::norm(x, "fro", 1), gt::ValueError);
  EXPECT_THROW(gt::norm(x, "nuc", {1, 2}), gt::ValueError);
}

TEST_F(CudaReductions, AgreeWithTheCpuAtEveryLength) {
  for (const std::int64_t columns : {3, 200, 3000, 70000})
    for (const auto type : {gt::float64, gt::float32}) {
      const auto x = walk({2, columns}, gt::between(-3, 2)).to(type), y = x.to(cuda);
      const auto side_by_side = gt::transpose(x, 0, 1).contiguous(), on_device = side_by_side.to(cuda);
      const double tolerance = type == gt::float64 ? 1e-13 : 1e-6;
      for (const double p : {0.0, 1.0, 2.0, 3.0, inf, -inf}) {
        SCOPED_TRACE(testing::Message() << "p = " << p << ", columns = " << columns);
        EXPECT_THAT(gt::norm(y, p, 1), near(gt::norm(x, p, 1), tolerance));
        EXPECT_THAT(gt::norm(on_device, p, 0), near(gt::norm(side_by_side, p, 0), tolerance));
      }
      EXPECT_THAT(gt::nanmean(y, 1), near(gt::nanmean(x, 1), tolerance));
      EXPECT_THAT(gt::count_nonzero(y, 1), near(gt::count_nonzero(x, 1), 0));
    }
}
TEST_F(CudaReductions, ScaleNormsWhereTheyMust) {
  for (const auto& [type, size] : {std::pair{gt::float64, 1e200}, std::pair{gt::float64, 1e-200},
                                   std::pair{gt::float32, 1e30}, std::pair{gt::float32, 1e-30}})
    for (const std::int64_t columns : {5, 100, 40000}) {
      // One row is huge or tiny, one is neither.
      const auto x = gt::cat({walk({1, columns}) * size, walk({1, columns})}).to(type);
      const auto scale = gt::tensor({1 / size, 1.0});
      const auto wanted = gt::norm(x, 2, 1).to(gt::float64) * scale;
      EXPECT_THAT(gt::norm(x.to(cuda), 2, 1).to(gt::Device::cpu()).to(gt::float64) * scale, near(wanted, 1e-6));
      EXPECT_THAT(
          gt::norm(gt::transpose(x, 0, 1).contiguous().to(cuda), 2, 0).to(gt::Device::cpu()).to(gt::float64) * scale,
          near(wanted, 1e-6));
    }
}

}  // namespace
