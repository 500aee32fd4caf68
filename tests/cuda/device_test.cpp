#include <numeric>

#include "tests/cuda/device.h"

namespace {

class CudaMemory : public Cuda {};
class CudaPointwise : public Cuda {};
class CudaErrors : public Cuda {};

TEST_F(Cuda, TensorsGoThereAndComeBack) {
  const auto x = gt::reshape(gt::arange(-30, 30, 1, {.dtype = gt::float32}), {3, 4, 5});
  for (const auto type : {gt::float32, gt::float64, gt::int64, gt::int32, gt::uint8, gt::boolean}) {
    const auto there = x.to(type).to(cuda);

    EXPECT_EQ(there.device(), cuda);
    EXPECT_THAT(there, the_same_as(x.to(type)));
    EXPECT_THAT(there.to(gt::Device::cpu()), the_same_as(x.to(type)));
    EXPECT_THAT(gt::permute(there, {2, 0, 1}).to(gt::float64),
                the_same_as(gt::permute(x.to(type), {2, 0, 1}).to(gt::float64)));
    EXPECT_THAT(x.to(cuda).to(type), the_same_as(x.to(type)));
  }
  EXPECT_THAT(gt::permute(x, {2, 0, 1}).to(cuda), the_same_as(gt::permute(x, {2, 0, 1})));
  EXPECT_THAT(gt::zeros({0, 3}).to(cuda), the_same_as(gt::zeros({0, 3})));
}

TEST_F(Cuda, RowsAndColumnsChangePlaces) {
  for (const auto type : {gt::float32, gt::float64, gt::uint8})
    for (const auto& shape : std::vector<gt::Shape>{{70, 33}, {4, 128}, {3, 40, 50}, {5, 6, 7, 8}}) {
      const auto x = walk(shape, gt::between(0, 200)).to(type), there = x.to(cuda);
      EXPECT_THAT(gt::transpose(there, -1, -2).contiguous(), the_same_as(gt::transpose(x, -1, -2)));
      EXPECT_THAT(gt::transpose(there, 0, -1).contiguous(), the_same_as(gt::transpose(x, 0, -1)));
      auto y = gt::zeros_like(there);
      gt::transpose(y, 0, 1).copy_(gt::transpose(there, 0, 1));
      EXPECT_THAT(y, the_same_as(x));
    }
}

TEST_F(Cuda, CopiesAndFillsGoWhereverElementsLie) {
  for (const auto type : {gt::float32, gt::float64, gt::int32, gt::uint8, gt::boolean, gt::float16})
    for (const auto other : {gt::float32, gt::float16, gt::uint8, gt::float64}) {
      const auto x = walk({6, 40, 48}, gt::between(0, 3)).to(type), there = x.to(cuda);
      for (const auto& [first, length] : {std::pair{0, 32}, {16, 32}, {3, 32}, {0, 45}}) {
        auto y = gt::ones({6, 40, 48}, {.dtype = other}), z = y.to(cuda);
        gt::narrow(y, 2, first, length).copy_(gt::narrow(x, 2, 0, length));
        gt::narrow(z, 2, first, length).copy_(gt::narrow(there, 2, 0, length));
        EXPECT_THAT(z, the_same_as(y));
        gt::narrow(y, 2, first, length).copy_(gt::narrow(x, 2, 3, length));
        gt::narrow(z, 2, first, length).copy_(gt::narrow(there, 2, 3, length));
        EXPECT_THAT(z, the_same_as(y));
        gt::narrow(y, 2, first, length).copy_(gt::expand(gt::narrow(x, 2, 1, 1), {6, 40, length}));
        gt::narrow(z, 2, first, length).copy_(gt::expand(gt::narrow(there, 2, 1, 1), {6, 40, length}));
        EXPECT_THAT(z, the_same_as(y));
        for (const double number : {0.0, 1.0, 257.0, 2.5}) {
          gt::narrow(y, 2, first, length).fill_(number);
          gt::narrow(z, 2, first, length).fill_(number);
          EXPECT_THAT(z, the_same_as(y));
        }
        EXPECT_THAT(gt::full({5, 7}, first, {.dtype = other, .device = cuda}),
                    the_same_as(gt::full({5, 7}, first, {.dtype = other})));
      }
    }
}

TEST_F(Cuda, LargeAndManyUploadsArriveWhole) {
  const auto x = gt::arange(0, 3000000, 1, {.dtype = gt::int64});  // 24 MB, by way of pinned blocks
  EXPECT_THAT(x.to(cuda), the_same_as(x));
  auto small = gt::zeros({1000});
  std::vector<gt::Tensor> there;
  for (int i = 0; i < 50; ++i) there.push_back(small.fill_(i).to(cuda));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(gt::amax(there[static_cast<std::size_t>(i)]).item(), i);
}

TEST_F(Cuda, TensorsAreMadeAndWrittenThere) {
  auto x = gt::full({2, 3}, 2.5, {.device = cuda});
  EXPECT_THAT(x, near({2.5, 2.5, 2.5, 2.5, 2.5, 2.5}));
  EXPECT_EQ(gt::sum(gt::eye(3, {.device = cuda}).to(gt::Device::cpu())).item(), 3);
  EXPECT_THAT(gt::arange(0, 3, 1, {.device = cuda}), near({0, 1, 2}));
  EXPECT_EQ(gt::full({}, 7, {.dtype = gt::int64, .device = cuda}).item<std::int64_t>(), 7);

  gt::t(x).copy_(gt::reshape(gt::arange(0, 6), {3, 2}));
  EXPECT_THAT(x, near({0, 2, 4, 1, 3, 5}));
  gt::select(x, 1, 1).fill_(9);
  EXPECT_THAT(x, near({0, 9, 4, 1, 9, 5}));
  EXPECT_THAT(x.clone(), the_same_as(x));
  EXPECT_EQ(gt::to_string(gt::ones({2}, {.device = cuda})), "[1, 1]\nfloat32 [2] cuda:0");
  gt::Generator here(1), there(1);
  EXPECT_THAT(gt::randn({5}, here, {.device = cuda}), the_same_as(gt::randn({5}, there)));
}

TEST_F(Cuda, GradientsComeBackToWhereTheLeafIs) {
  const auto x = gt::tensor({1.f, 2.f}).requires_grad_();
  gt::Tape tape;
  const auto y = gt::exp(x.to(cuda).to(gt::float64));

  const auto g = gt::grad(std::vector{y}, std::vector{x}, {.seeds = {gt::ones_like(y)}})[0];

  EXPECT_EQ(g.device(), gt::Device::cpu());
  EXPECT_THAT(g, near({std::exp(1.0), std::exp(2.0)}));
}

// Numbers of all kinds: those at the edges too.
gt::Tensor draw(const gt::Shape& shape, gt::Range range, int input, gt::DType type) {
  auto x = walk(shape, range, input);
  const double edges[] = {0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 1e-310, 1e-40, 88.5};
  for (std::int64_t i = input + 3; i < x.numel(); i += 7) x.data<double>()[i] = edges[(i / 7) % 10];
  return x.to(type);
}

TEST_F(CudaPointwise, ValuesAndSlopesHaveTheBitsOfTheCpu) {
  for (const gt::OpEntry& entry : gradtape_op_table()) {
    if (entry.family != std::string("pointwise")) continue;
    auto examples = entry.examples();
    const std::size_t inputs = examples.front().inputs.size();
    // Enough for blocks that move 128 bits at once, and some that are left.
    examples.push_back({"2100 of each", std::vector<gt::Shape>(inputs, {2100}), examples.front().call,
                        examples.front().samples, examples.front().differentiable});
    for (const gt::Example& example : examples)
      for (const auto type : {gt::float32, gt::float64}) {
        SCOPED_TRACE(std::string(entry.name) + " " + example.text + " " + gt::name_of(type));
        std::vector<gt::Tensor> here, there;
        for (const gt::Shape& shape : example.inputs) {
          here.push_back(
              draw(shape, example.samples, static_cast<int>(here.size()), type).requires_grad_(example.differentiable));
          there.push_back(here.back().detach().to(cuda).requires_grad_(example.differentiable));
        }
        gt::Tape tape;
        const auto wanted = example.call(here), got = example.call(there);
        EXPECT_EQ(got.device(), cuda);
        EXPECT_THAT(got, the_same_as(wanted));
        const bool alike =
            std::all_of(here.begin(), here.end(), [&](const auto& x) { return x.shape() == wanted.shape(); });
        if (!example.differentiable || !alike) continue;
        const auto seed = draw(wanted.shape(), gt::between(-1, 1), 2, type);
        const auto slopes = gt::grad(std::vector{wanted}, here, {.allow_unused = true, .seeds = {seed}});
        const auto theirs = gt::grad(std::vector{got}, there, {.allow_unused = true, .seeds = {seed.to(cuda)}});
        for (std::size_t i = 0; i < slopes.size(); ++i) {
          ASSERT_EQ(theirs[i].defined(), slopes[i].defined());
          if (slopes[i].defined()) EXPECT_THAT(theirs[i], the_same_as(slopes[i])) << "input " << i;
        }
      }
  }
}

// Broadcasts whose rows 128 bits divide and do not, that repeat a row or an element of it, and views that begin
// anywhere.
TEST_F(CudaPointwise, InputsAreReadHoweverTheyLie) {
  for (const auto type : {gt::float32, gt::float64, gt::float16, gt::bfloat16, gt::int64}) {
    const auto x = (walk({2, 64, 72}) * 50).to(type), there = x.to(cuda);
    const auto both = [&](auto f) { EXPECT_THAT(f(there), the_same_as(f(x))) << gt::name_of(type); };
    both([](const auto& a) { return a + gt::select(a, 1, 5).contiguous().unsqueeze(1); });
    both([](const auto& a) { return a + gt::narrow(a, 2, 7, 1).contiguous(); });
    both([](const auto& a) { return a + gt::select(gt::select(a, 0, 1), 0, 3).contiguous(); });
    both([](const auto& a) { return gt::narrow(a, 2, 0, 70) * gt::narrow(a, 2, 2, 70); });
    both([](const auto& a) { return gt::narrow(a, 2, 0, 70) * 2; });
    both([](const auto& a) { return gt::narrow(a, 2, 8, 64) > gt::narrow(a, 2, 0, 64); });
    both([](const auto& a) { return gt::narrow(a, 1, 0, 60) - gt::narrow(a, 1, 1, 60); });
    both([](const auto& a) { return a + gt::select(gt::transpose(a, 0, 1), 1, 1).unsqueeze(0); });
    both([](const auto& a) { return gt::expand(gt::narrow(a, 2, 1, 1), {2, 64, 72}) * 2; });
    both([](const auto& a) { return gt::square(gt::narrow(gt::reshape(a, {9216}), 0, 1, 9000)); });
  }
}

TEST_F(CudaPointwise, SixteenBitsAreRoundedOnceWithTheBitsOfTheCpu) {
  for (const auto type : {gt::float16, gt::bfloat16}) {
    std::vector<std::uint16_t> patterns(65536);  // all that 16 bits can be
    std::iota(patterns.begin(), patterns.end(), std::uint16_t(0));
    const auto every = gt::from_blob(static_cast<void*>(patterns.data()), {65536}, {.dtype = type}).clone();
    const auto there = every.to(cuda);

    EXPECT_THAT(there.to(gt::float32), the_same_as(every.to(gt::float32)));
    EXPECT_THAT(gt::exp(there), the_same_as(gt::exp(every)));
    EXPECT_THAT(there * 0.3f, the_same_as(every * 0.3f));
    EXPECT_THAT(there * gt::flip(there, {0}), the_same_as(every * gt::flip(every, {0})));
    EXPECT_THAT(there < 1, the_same_as(every < 1));
    EXPECT_THAT(gt::signbit(there), the_same_as(gt::signbit(every)));
    EXPECT_THAT((every.to(gt::float32) * 1.00037f).to(cuda).to(type),
                the_same_as((every.to(gt::float32) * 1.00037f).to(type)));
    EXPECT_THAT(gt::where(there > 1, there, -there), the_same_as(gt::where(every > 1, every, -every)));
  }
}

// Slopes of inputs, of a result, of a sum over a broadcast; and slopes of slopes.
TEST_F(CudaPointwise, SlopesOfSixteenBitsHaveTheBitsOfTheCpu) {
  for (const auto type : {gt::float16, gt::bfloat16}) {
    const auto slopes = [&](gt::Device device) {
      const auto leaf = [&](const gt::Shape& shape, int input) {
        return walk(shape, gt::between(-2, 2), input).to(type).to(device).requires_grad_();
      };
      const auto x = leaf({30, 70}, 0), w = leaf({30, 70}, 1), bias = leaf({70}, 2);
      gt::Tape tape;
      const auto y = gt::square(x * w) * 0.3 + gt::tanh(x) + gt::where(w > 0.5, w, x) * bias;
      const auto seed = walk({30, 70}, gt::between(-1, 1), 3).to(type).to(device);
      auto all = gt::grad(std::vector{y}, std::vector{x, w, bias}, {.create_graph = true, .seeds = {seed}});
      const auto more = gt::grad(std::vector{all[0]}, std::vector{x, w}, {.seeds = {seed}});
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    const auto here = slopes(gt::Device::cpu()), there = slopes(cuda);
    for (std::size_t i = 0; i < here.size(); ++i)
      EXPECT_THAT(there[i], the_same_as(here[i])) << gt::name_of(type) << " " << i;
  }
}

TEST_F(CudaPointwise, SineAndCosineOfAnyAngleHaveTheBitsOfTheCpu) {
  for (const auto type : {gt::float32, gt::float64}) {
    const auto x = gt::exp(gt::linspace(-20, type == gt::float32 ? 88 : 709, 5000, {.dtype = type}));

    EXPECT_THAT(gt::sin(x.to(cuda)), the_same_as(gt::sin(x)));
    EXPECT_THAT(gt::cos(-x.to(cuda)), the_same_as(gt::cos(-x)));
  }
}

TEST_F(CudaPointwise, OddFunctionsKeepTheSignOfZero) {
  for (const auto type : {gt::float32, gt::float64}) {
    const auto x = gt::tensor({-0.0, 0.0}).to(type).to(cuda);
    for (const auto& y : {gt::sin(x), gt::atan(x), gt::tanh(x), gt::erf(x), gt::expm1(x), gt::log1p(x), gt::gelu(x)}) {
      const auto zeros = y.to_vector<double>();
      EXPECT_TRUE(std::signbit(zeros[0]) && !std::signbit(zeros[1])) << zeros[0] << ", " << zeros[1];
    }
  }
}

TEST_F(CudaPointwise, PowersAndAnglesOfExtremesHaveTheBitsOfTheCpu) {
  for (const auto type : {gt::float32, gt::float64}) {
    const double largest = type == gt::float32 ? 3.4028234663852886e38 : 1.7976931348623157e308;
    const auto ends =
        gt::tensor({double(INFINITY), largest, largest / 3, 1e10, 2.5, 1.0, 0.3, 1e-10, 1 / largest, 0.0}).to(type);
    const auto a = gt::reshape(gt::cat({ends, -ends}), {20, 1}), b = gt::reshape(a, {1, 20});

    EXPECT_THAT(gt::pow(a.to(cuda), b.to(cuda)), the_same_as(gt::pow(a, b)));
    EXPECT_THAT(gt::atan2(a.to(cuda), b.to(cuda)), the_same_as(gt::atan2(a, b)));
  }
}

TEST_F(CudaPointwise, TakesStridesNumbersAndOtherTypes) {
  const auto x = gt::reshape(gt::arange(0, 12, 1, {.dtype = gt::float32}), {3, 4}), y = gt::arange(0, 3);
  const auto a = x.to(cuda), b = y.to(cuda);

  EXPECT_THAT(gt::t(a) * b + 1, the_same_as(gt::t(x) * y + 1));
  EXPECT_THAT(2 - gt::slice(a, 1, 1, 4, 2), the_same_as(2 - gt::slice(x, 1, 1, 4, 2)));
  EXPECT_THAT(b * 3 + b, the_same_as(y * 3 + y));
  EXPECT_THAT(gt::where(b > 0, b, -1), the_same_as(gt::where(y > 0, y, -1)));
  EXPECT_THAT(gt::narrow(gt::exp(a), 1, 1, 3) / 2, the_same_as(gt::narrow(gt::exp(x), 1, 1, 3) / 2));
}

TEST_F(CudaMemory, IsReusedAndGivenBack) {
  auto step = [] {
    const auto x = gt::ones({1000}, {.device = cuda}).requires_grad_();
    gt::Tape tape;
    const auto y = gt::tanh(x * 2);
    return gt::grad(std::vector{y}, std::vector{x}, {.seeds = {gt::ones_like(y)}})[0];
  };
  step();
  const auto before = gt::cuda::memory_statistics();

  for (int i = 0; i < 5; ++i) step();

  const auto after = gt::cuda::memory_statistics();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.in_use, before.in_use);
  gt::cuda::release_spare_memory();
  EXPECT_EQ(gt::cuda::memory_statistics().reserved, gt::cuda::memory_statistics().in_use);
}

TEST(NoCuda, IsSaidInOneSentence) {
  if (gt::cuda::is_available()) GTEST_SKIP() << "there is a CUDA device";
  const std::function<void()> asks[] = {[] { gt::zeros({1}, {.device = cuda}); }, [] { gt::ones({1}).to(cuda); },
                                        [] { gt::cuda::synchronize(); }};
  for (const auto& ask : asks) try {
      ask();
      FAIL();
    } catch (const gt::DeviceError& error) {
      EXPECT_THAT(
          error.text(),
          testing::AnyOf(
              testing::HasSubstr("this build of gradtape has no CUDA\n  Build it where the CUDA toolkit is found"),
              testing::HasSubstr(
                  "this machine has no CUDA device, or no driver for it\n  nvidia-smi shows what is there")));
    }
  EXPECT_EQ(gt::cuda::device_count(), 0);
}

TEST_F(CudaErrors, SayWhatIsMissing) {
  EXPECT_ERROR(DeviceError, gt::ones({2}, {.device = cuda}) + gt::ones({2}),
               "add: the tensors are on different devices\n  left   [2]  float32  cuda:0\n  right  [2]  float32  cpu\n "
               " Bring them together: x.to(device).");
  for (const int index : {200, 256, -1})
    EXPECT_ERROR(DeviceError, gt::zeros({1}, {.device = gt::Device::cuda(index)}),
                 "zeros: CUDA device " + std::to_string(index) + " of " + std::to_string(gt::cuda::device_count()) +
                     "\n  They are counted from 0.");
  EXPECT_ERROR(
      DeviceError, gt::ones({2}, {.device = cuda}).data<float>(),
      "data: works on the CPU\n  tensor  [2]  float32  cuda:0\n  Bring the tensor there: x.to(gt::Device::cpu()).");
  const auto leaf = gt::ones({2}, {.device = cuda}).requires_grad_();
  gt::Tape tape;
  EXPECT_ERROR(DeviceError, gt::grad(std::vector{gt::tanh(leaf)}, std::vector{leaf}, {.seeds = {gt::ones({2})}}),
               "grad: the tensors are on different devices\n  output  [2]  float32  cuda:0\n  seed    [2]  float32  "
               "cpu\n  Bring them together: x.to(device).");
  EXPECT_THROW(gt::cat({gt::ones({2}, {.device = cuda}), gt::ones({2})}), gt::DeviceError);
  EXPECT_THROW(gt::linear(gt::ones({2, 2}), gt::ones({2, 2}, {.device = cuda})), gt::DeviceError);
  const std::int64_t many = std::int64_t(1) << 40;  // elements
  const auto names = [](const char* op) {
    return testing::Throws<gt::OutOfMemoryError>(testing::Property(
        &gt::OutOfMemoryError::text,
        testing::StartsWith(std::string(op) + ": 4398046511104 bytes of CUDA device 0 cannot be had; tensors hold ")));
  };
  EXPECT_THAT([&] { gt::zeros({many}, {.device = cuda}); }, names("zeros"));
  const auto column = gt::ones({1 << 20, 1}, {.device = cuda}), row = gt::ones({1, 1 << 20}, {.device = cuda});
  EXPECT_THAT([&] { column + row; }, names("add"));
  EXPECT_THAT([&] { gt::matmul(column, row); }, names("matmul"));
  EXPECT_THAT(gt::ones({1}, {.device = cuda}) + 1, near({2}));  // and the device works on
}

}  // namespace
