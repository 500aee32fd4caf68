#include "tests/cuda/device.h"

namespace {

class CudaRows : public Cuda {};
class CudaReduce : public Cuda {};

using Call = std::function<gt::Tensor(const gt::Tensor&)>;

// The value and the gradient of a call on the device are those on the CPU, but for the order of sums.
void expect_as_on_the_cpu(const Call& call, const gt::Tensor& x, bool differentiable = true, double single = 4e-6) {
  for (const auto type : {gt::float32, gt::float64}) {
    SCOPED_TRACE(gt::to_string(x.shape()) + " " + gt::name_of(type));
    const double tolerance = type == gt::float32 ? single : 1e-14;
    const auto here = x.to(type).requires_grad_(), there = here.detach().to(cuda).requires_grad_();
    gt::Tape tape;
    const auto wanted = call(here), got = call(there);
    EXPECT_EQ(got.device(), cuda);
    EXPECT_EQ(got.shape(), wanted.shape());
    EXPECT_THAT(got, near(wanted, tolerance));
    if (!differentiable) continue;
    const auto seed = walk(wanted.shape(), gt::between(-1, 1), 2).to(type);
    const auto slope = gt::grad(std::vector{wanted}, std::vector{here}, {.seeds = {seed}})[0];
    const auto theirs = gt::grad(std::vector{got}, std::vector{there}, {.seeds = {seed.to(cuda)}})[0];
    EXPECT_THAT(theirs, near(slope, tolerance));
  }
}

TEST_F(CudaRows, OfAnyLengthAreAsOnTheCpu) {
  // A few threads', a thread's own of every bank pattern, a warp's, a block's; held no more; split over blocks.
  for (const auto& shape : std::vector<gt::Shape>{{3, 1},
                                                  {70, 10},
                                                  {130, 32},
                                                  {65, 31},
                                                  {1024, 10},
                                                  {1030, 31},
                                                  {1025, 32},
                                                  {5, 33},
                                                  {17, 100},
                                                  {9, 256},
                                                  {3, 257},
                                                  {3, 1001},
                                                  {2, 5000},
                                                  {2, 13000},
                                                  {1, 70000},
                                                  {2, 7, 3}}) {
    expect_as_on_the_cpu([](const auto& x) { return gt::softmax(x); }, walk(shape));
    expect_as_on_the_cpu([](const auto& x) { return gt::log_softmax(x); }, walk(shape));
  }
  expect_as_on_the_cpu([](const auto& x) { return gt::softmax(x, 0); }, walk({40, 3}));
}

TEST_F(CudaRows, MayBeginAnywhere) {
  for (const std::int64_t columns : {7, 33, 100, 1001, 13000}) {
    const auto numbers = walk({3 * columns + 1});
    auto rows = [=](const gt::Tensor& x) { return gt::reshape(gt::narrow(x, 0, 1, 3 * columns), {3, columns}); };
    expect_as_on_the_cpu([=](const auto& x) { return gt::log_softmax(rows(x)); }, numbers);
    expect_as_on_the_cpu([=](const auto& x) { return gt::sum(rows(x), {1}); }, numbers);
    expect_as_on_the_cpu(
        [=](const auto& x) {
          return gt::cross_entropy(rows(x), gt::full({3}, 1, {.dtype = gt::int64, .device = x.device()}));
        },
        numbers);
  }
}

TEST_F(CudaRows, OfInfinitiesAndEqualsAreAsOnTheCpu) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (const std::int64_t columns : {6, 40, 1500, 12000})
    for (const auto& few : std::vector<std::vector<double>>{
             {-inf, 1, -inf}, {3, 3, 3}, {inf, 0, inf}, {-inf}, {0, NAN, 1}, {-700, 700, 5}}) {
      SCOPED_TRACE(testing::PrintToString(few) + testing::PrintToString(columns));
      auto x = gt::empty({2, columns}, {.dtype = gt::float64});
      for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = few[static_cast<std::size_t>(i) % few.size()];
      EXPECT_THAT(gt::log_softmax(x.to(cuda), 1), near(gt::log_softmax(x, 1), 1e-14));
      EXPECT_THAT(gt::softmax(x.to(cuda), 1), near(gt::softmax(x, 1), 1e-14));
    }
}

TEST_F(CudaReduce, AnyDimensionsAreAsOnTheCpu) {
  for (const auto& [shape, dims] : std::vector<std::pair<gt::Shape, std::vector<int>>>{{{70, 10}, {1}},
                                                                                       {{19, 77}, {1}},
                                                                                       {{3, 300}, {1}},
                                                                                       {{130, 10}, {0}},
                                                                                       {{9, 300}, {0}},
                                                                                       {{3, 40, 5}, {1}},
                                                                                       {{1100, 3}, {1}},
                                                                                       {{300, 4, 2}, {1}},
                                                                                       {{7, 1, 3}, {1}},
                                                                                       {{5, 700, 33}, {1}},
                                                                                       {{2, 150, 130}, {1}},
                                                                                       {{4, 3, 5}, {0, 2}},
                                                                                       {{50000}, {0}},
                                                                                       {{20000, 3}, {0}},
                                                                                       {{2, 9000, 2}, {1}},
                                                                                       {{2, 9000}, {1}}}) {
    const std::span<const int> over = dims;
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Sum{}, x, over, false, gt::Location::current()); },
                         walk(shape));
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Mean{}, x, over, true, gt::Location::current()); },
                         walk(shape));
    expect_as_on_the_cpu(
        [=](const auto& x) { return gt::reduce(gt::Logsumexp{}, x, over, false, gt::Location::current()); },
        walk(shape));
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Amax{}, x, over, false, gt::Location::current()); },
                         walk(shape));
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Var{}, x, over, false, gt::Location::current()); },
                         walk(shape));
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Prod{}, x, over, false, gt::Location::current()); },
                         walk(shape, gt::between(0.99, 1.01)), true, 2e-5);
    expect_as_on_the_cpu([=](const auto& x) { return gt::reduce(gt::Any{}, x, over, false, gt::Location::current()); },
                         walk(shape), false);
  }
}

TEST_F(CudaReduce, PlacesAndWholeNumbersAreThoseOfTheCpu) {
  for (const auto& shape : std::vector<gt::Shape>{{40, 10}, {5, 700}, {2, 30000}}) {
    const auto x = walk(shape, gt::between(-20, 20)).to(gt::int64), there = x.to(cuda);
    EXPECT_THAT(gt::argmax(there, 1), the_same_as(gt::argmax(x, 1)));
    EXPECT_THAT(gt::argmin(there, 0), the_same_as(gt::argmin(x, 0)));
    EXPECT_THAT(gt::argmax(there), the_same_as(gt::argmax(x)));
    EXPECT_THAT(gt::sum(there, {0}), the_same_as(gt::sum(x, {0})));
    EXPECT_THAT(gt::sum(there), the_same_as(gt::sum(x)));
    EXPECT_THAT(gt::amin(there, {1}), the_same_as(gt::amin(x, {1})));
    EXPECT_THAT(gt::all(there, {1}), the_same_as(gt::all(x, {1})));
  }
  const auto odd = gt::tensor({1.f, NAN, 3.f, NAN});
  EXPECT_EQ(gt::argmax(odd.to(cuda)).item<std::int64_t>(), 1);
  EXPECT_THAT(gt::amax(odd.to(cuda)), the_same_as(gt::amax(odd)));
  EXPECT_ERROR(ShapeError, gt::amax(gt::zeros({0}, {.device = cuda})),
               "amax: there is nothing to choose from\n  tensor  [0]  float32  cuda:0");
}

TEST_F(CudaReduce, LongSumsKeepFullAccuracyAndTheirBits) {
  const auto x = gt::full({1000000}, 0.1, {.device = cuda});
  EXPECT_EQ(gt::sum(x).item<float>(), gt::sum(x.to(gt::Device::cpu())).item<float>());
  const auto y = walk({300000}).to(gt::float32).to(cuda);
  EXPECT_THAT(gt::sum(y), the_same_as(gt::sum(y)));
}

TEST_F(CudaReduce, BroadcastGradientsAreSummed) {
  const auto x = walk({6, 5}).to(cuda).requires_grad_(), row = walk({5}).to(cuda).requires_grad_(),
             column = walk({6, 1}).to(cuda).requires_grad_();
  gt::Tape tape;
  const auto loss = gt::sum(gt::tanh(x * row + column));
  const auto g = gt::grad(loss, std::vector{x, row, column});
  auto at = [](const gt::Tensor& t) { return t.detach().to(gt::Device::cpu()).requires_grad_(); };
  const auto x2 = at(x), row2 = at(row), column2 = at(column);
  const auto wanted = gt::grad(gt::sum(gt::tanh(x2 * row2 + column2)), std::vector{x2, row2, column2});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(g[i], near(wanted[i], 1e-14));
}

}  // namespace
