#include "tests/cuda/device.h"
#include "tests/support/even.h"

namespace {

class CudaRandom : public Cuda {};

const std::vector<gt::DType> floating{gt::float32, gt::float64, gt::float16, gt::bfloat16};

// Both generators are at the same place: they draw the same next number.
void expect_same_place(gt::Generator a, gt::Generator b) { EXPECT_EQ(a.next(), b.next()); }

TEST_F(CudaRandom, HasTheBitsOfTheCpu) {
  for (const auto type : floating)
    for (const std::uint64_t skipped : {std::uint64_t(0), std::uint64_t(1), (std::uint64_t(1) << 34) - 3}) {
      SCOPED_TRACE(std::string(gt::name_of(type)) + " after " + std::to_string(skipped));
      gt::Generator here(0x123456789a, 0xfedcba9876), there = here;
      here.skip(skipped);
      there.skip(skipped);
      for (const gt::Shape& shape : {gt::Shape{}, {0}, {1}, {2}, {3}, {5}, {7, 0, 3}, {31, 33}, {1000}, {100001}}) {
        EXPECT_THAT(gt::rand(shape, there, {.dtype = type, .device = cuda}),
                    the_same_as(gt::rand(shape, here, {.dtype = type})))
            << gt::to_string(shape);
        expect_same_place(there, here);
        EXPECT_THAT(gt::randn(shape, there, {.dtype = type, .device = cuda}),
                    the_same_as(gt::randn(shape, here, {.dtype = type})))
            << gt::to_string(shape);
        expect_same_place(there, here);
      }
    }
}

TEST_F(CudaRandom, IsEvenAndNormalInEveryType) {
  gt::Generator numbers(1);
  for (const auto type : floating) {
    SCOPED_TRACE(gt::name_of(type));
    expect_even(
        counted(256, gt::rand({100'000}, numbers, {.dtype = type, .device = cuda}), [](double u) { return u * 256; }));
    const std::int64_t count =
        type == gt::bfloat16 ? 20'000 : 100'000;  // of more, a bin's edge is as coarse as its numbers
    expect_even(counted(20, gt::randn({count}, numbers, {.dtype = type, .device = cuda}),
                        [](double z) { return std::min(19.0, 10 * std::erfc(-z / std::sqrt(2.0))); }));
  }
  expect_even(counted(256, gt::randint(0, 256, {100'000}, numbers, {.dtype = gt::uint8, .device = cuda}),
                      [](double i) { return i; }));
  EXPECT_THROW(gt::randint(0, 300, {2}, {.dtype = gt::uint8, .device = cuda}), gt::ValueError);
}

TEST_F(CudaRandom, IsSeededForAllDevicesAtOnce) {
  gt::manual_seed(11);
  const auto u = gt::rand({3}), z = gt::randn({3, 5}), i = gt::randint(-5, 100, {7});
  gt::manual_seed(11);

  EXPECT_THAT(gt::rand({3}, {.device = cuda}), the_same_as(u));
  EXPECT_THAT(gt::randn({3, 5}, {.device = cuda}), the_same_as(z));
  EXPECT_THAT(gt::randint(-5, 100, {7}, {.device = cuda}), the_same_as(i));
}

TEST_F(CudaRandom, TakesNoMemoryButItsResults) {
  const auto first = gt::cuda::memory_statistics();
  const auto like = gt::empty({1000}, {.device = cuda});
  const auto before = gt::cuda::memory_statistics();

  const auto u = gt::rand({1000}, {.device = cuda}), z = gt::randn({1000}, {.device = cuda});

  const auto after = gt::cuda::memory_statistics();
  EXPECT_EQ(after.in_use, before.in_use + 2 * (before.in_use - first.in_use));
  EXPECT_EQ(after.peak, std::max(before.peak, after.in_use));
}

TEST_F(CudaRandom, RefusesTypesWithoutFractions) {
  EXPECT_ERROR(DTypeError, gt::randn({2}, {.dtype = gt::int64, .device = cuda}),
               "randn: int64 holds no fractions\n  Use gt::randint for whole numbers.");
}

// What a captured step draws in the capture and three replays, and what the same calls by hand draw. `between` is
// called before each.
template <class Step, class Between>
void expect_same_draws(Step step, Between between) {
  const std::vector<gt::NamedTensor> inputs{{"x", walk({3, 5}).to(gt::float32).to(cuda)}};
  std::vector<gt::Tensor> by_hand;
  for (int i = 0; i < 4; ++i) {
    between(i);
    by_hand.push_back(step(gt::Inputs(inputs)));
  }
  between(0);
  auto program = gt::capture(inputs, step);
  EXPECT_THAT(program.result(), the_same_as(by_hand[0]));
  for (std::size_t i = 1; i < 4; ++i) {
    between(static_cast<int>(i));
    EXPECT_THAT(program(), the_same_as(by_hand[i])) << "replay " << i;
    EXPECT_THAT(program.result(), testing::Not(the_same_as(by_hand[i - 1])));
  }
}

TEST_F(CudaRandom, CapturedStepsDrawTheNextNumbersEachTime) {
  gt::Generator numbers(3), other(4, 1);
  std::vector<gt::Generator> places;
  expect_same_draws(
      [&](const gt::Inputs& in) {
        const auto noise = gt::randn({3, 5}, numbers, {.device = cuda}) +
                           gt::rand({5}, other, {.dtype = gt::float64, .device = cuda}).to(gt::float32);
        return in["x"] * gt::rand({3, 1}, numbers, {.device = cuda}) + noise;
      },
      [&](int i) {
        if (i == 0) numbers = gt::Generator(3), other = gt::Generator(4, 1);
        if (i == 2) numbers.next();  // the CPU draws in between
        if (i == 3) other = gt::Generator(5);
        places.push_back(numbers);
      });
  for (std::size_t i = 0; i < 4; ++i) expect_same_place(places[i], places[i + 4]);
}

TEST_F(CudaRandom, CapturedStepsDrawFromTheSharedGenerator) {
  expect_same_draws(
      [](const gt::Inputs& in) {
        return in["x"] + gt::rand({3, 5}, {.device = cuda}) - gt::randn({5}, {.device = cuda});
      },
      [](int i) {
        if (i % 2 == 0) gt::manual_seed(static_cast<std::uint64_t>(20 + i));
      });
}

// A step that drops a third of what is inside leaves the same bits by hand and captured.
TEST_F(CudaRandom, DropsOutTheSameWhenCaptured) {
  auto train = [](bool captured) {
    gt::Linear first(4, 7, {.device = cuda, .seed = 5}), last(7, 3, {.device = cuda, .seed = 6});
    std::vector<gt::Tensor> parameters = first.parameters();
    for (const auto& parameter : last.parameters()) parameters.push_back(parameter);
    gt::Adam optimizer(parameters, {.lr = 0.01});
    gt::Generator numbers(8);
    const gt::Step step = [&](const gt::Inputs& in) {
      gt::Tape tape;
      const auto inside = gt::relu(first(in["x"])),
                 kept = gt::rand(inside.shape(), numbers, {.device = cuda}) >= 1.0 / 3;
      const auto loss = gt::cross_entropy(last(gt::where(kept, inside * 1.5, 0)), in["labels"]);
      loss.backward();
      optimizer.step();
      return loss.detach();
    };
    std::vector<double> results;
    std::optional<gt::Program> program;
    for (int i = 0; i < 5; ++i) {
      const std::vector<gt::NamedTensor> inputs{{"x", walk({5, 4}, gt::between(-2, 2), i).to(gt::float32).to(cuda)},
                                                {"labels", gt::tensor({0, 1, 2, i % 3, 1}).to(cuda)}};
      if (captured && program) (*program)(inputs);
      else if (captured) program = gt::capture(inputs, step);
      results.push_back(captured ? program->result().item() : step(gt::Inputs(inputs)).item());
    }
    for (const auto& parameter : parameters)
      for (const double number : parameter.to_vector<double>()) results.push_back(number);
    results.push_back(numbers.uniform());
    return results;
  };
  EXPECT_EQ(train(true), train(false));
}

TEST_F(CudaRandom, CapturedStepsRefuseWhatTheyCouldNotDrawAgain) {
  const auto x = gt::ones({3}, {.device = cuda});
  EXPECT_ERROR(
      TapeError,
      gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] + gt::randint(0, 5, {3}, {.device = cuda}); }),
      "randint: whole numbers are drawn on the CPU and cannot be brought to a device inside a captured step\n"
      "  Draw them before, and give them to the step as an input.");
  EXPECT_ERROR(TapeError, gt::capture({}, [](const gt::Inputs&) { return gt::rand({3}, {.device = cuda}); }),
               "capture: the step works on another device than its inputs\n  Give it its inputs on the device where it "
               "works, at least one.");
}

TEST_F(CudaRandom, WholeNumbersAreInt64WhateverTheDevice) {
  EXPECT_THAT(gt::one_hot(gt::tensor({2, 0}).to(cuda), 3, {.device = cuda}),
              the_same_as(gt::one_hot(gt::tensor({2, 0}), 3)));
  EXPECT_THAT(gt::arange(0, 5, 1, {.device = cuda}), the_same_as(gt::arange(0, 5)));
  EXPECT_EQ(gt::randint(0, 5, {2}, {.device = cuda}).dtype(), gt::int64);
  EXPECT_EQ(gt::randint(0, 5, {2}, {.dtype = gt::uint8, .device = cuda}).dtype(), gt::uint8);
}

}  // namespace
