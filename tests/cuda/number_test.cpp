// C++ numbers and integers on a device are those of the CPU.
#include "tests/cuda/device.h"

namespace {

class CudaNumber : public Cuda {};

constexpr std::int64_t odd = (std::int64_t(1) << 53) + 1;  // no double holds it

TEST_F(CudaNumber, MeetsInt64Exactly) {
  const auto here = gt::tensor({odd - 1, odd, odd + 1, INT64_MIN, std::int64_t(0)}), x = here.to(cuda);

  EXPECT_THAT(gt::zeros_like(x) + odd, the_same_as(gt::full({5}, odd, {.dtype = gt::int64})));
  EXPECT_EQ((gt::zeros_like(x) - odd).to_vector<std::int64_t>()[0], -odd);
  EXPECT_EQ((x == odd).to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{0, 1, 0, 0, 0}));
  EXPECT_EQ(gt::maximum(x, odd).to_vector<std::int64_t>(), gt::maximum(here, odd).to_vector<std::int64_t>());
  EXPECT_EQ(gt::where(x == 0, odd, x).to_vector<std::int64_t>(),
            gt::where(here == 0, odd, here).to_vector<std::int64_t>());
  EXPECT_EQ(gt::clamp(x, -odd, odd).to_vector<std::int64_t>(), gt::clamp(here, -odd, odd).to_vector<std::int64_t>());
  EXPECT_EQ(gt::full({1}, odd, {.dtype = gt::int64, .device = cuda}).item<std::int64_t>(), odd);
  EXPECT_EQ(gt::zeros_like(x).fill_(odd).to_vector<std::int64_t>()[4], odd);
  EXPECT_EQ(gt::arange(odd, odd + 2, 1, {.device = cuda}).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{odd, odd + 1}));
  EXPECT_EQ(gt::full({1}, 300, {.dtype = gt::uint8, .device = cuda}).item<int>(), 255);
}

TEST_F(CudaNumber, RoundsOnceBesideFloat32) {
  for (const std::int64_t number : {odd, (std::int64_t(1) << 54) + (std::int64_t(1) << 30) + 1, INT64_MAX})
    EXPECT_THAT(gt::ones({3}, {.device = cuda}) * number, the_same_as(gt::ones({3}) * number));
}

TEST_F(CudaNumber, IntegersHavePowersAndMomentsOfTheirOwn) {
  const auto base = gt::tensor({std::int64_t(-3), std::int64_t(0), std::int64_t(3)}),
             powers = gt::tensor({std::int64_t(39), std::int64_t(0), std::int64_t(38)});
  const int many = 1 << 24;

  EXPECT_EQ(gt::pow(base.to(cuda), powers.to(cuda)).to_vector<std::int64_t>(),
            gt::pow(base, powers).to_vector<std::int64_t>());
  EXPECT_EQ(gt::pow(base.to(cuda), 3).to_vector<std::int64_t>(), (std::vector<std::int64_t>{-27, 0, 27}));
  EXPECT_ERROR(ValueError, gt::pow(base.to(cuda), -powers.to(cuda)),
               "pow: an integer to the power -39 is no integer\n  exponents  [3]  int64  cuda:0\n  Make the base "
               "floating: x.to(gt::float32).");
  EXPECT_EQ(gt::var(gt::tensor({many, many + 1, many + 2}).to(cuda)).item(), 1);
  EXPECT_THROW(-gt::tensor({true}).to(cuda), gt::DTypeError);
}

TEST_F(CudaNumber, IntegersAreDividedAndShiftedAsOnTheCpu) {
  const auto a = gt::tensor({std::int64_t(7), std::int64_t(-7), INT64_MIN, INT64_MIN}),
             b = gt::tensor({std::int64_t(3), std::int64_t(3), std::int64_t(-1), std::int64_t(63)});
  const auto x = a.to(cuda), y = b.to(cuda);

  EXPECT_THAT(gt::floor_divide(x, y), the_same_as(gt::floor_divide(a, b)));
  EXPECT_THAT(gt::remainder(x, y), the_same_as(gt::remainder(a, b)));
  EXPECT_THAT(gt::fmod(x, 3), the_same_as(gt::fmod(a, 3)));
  EXPECT_THAT(gt::divide(x, y, gt::Rounding::trunc), the_same_as(gt::divide(a, b, gt::Rounding::trunc)));
  EXPECT_THAT((x & y) ^ ~x, the_same_as((a & b) ^ ~a));
  EXPECT_THAT(x << y, the_same_as(a << b));
  EXPECT_THAT(x >> y, the_same_as(a >> b));
  EXPECT_ERROR(ValueError, gt::remainder(x, y - 3),
               "remainder: an integer is divided by 0\n  divisors  [4]  int64  cuda:0\n  Make one side floating, "
               "x.to(gt::float32), or leave zeros out, gt::where(b == 0, 1, b).");
  EXPECT_THROW(gt::fmod(x, 0), gt::ValueError);
  EXPECT_THROW(x & 0.5, gt::DTypeError);
  EXPECT_THAT(gt::fmod(gt::tensor({1e300, -1e30}).to(cuda), 3.7),
              the_same_as(gt::fmod(gt::tensor({1e300, -1e30}), 3.7)));
}

TEST_F(CudaNumber, LinearPromotes) {
  const auto x = gt::ones({2, 3}, {.dtype = gt::float16, .device = cuda}), weight = gt::ones({4, 3}, {.device = cuda});

  EXPECT_EQ(gt::linear(x, weight).dtype(), gt::float32);
  EXPECT_THAT(gt::linear(x, weight), near(gt::full({2, 4}, 3)));
}

TEST_F(CudaNumber, NothingOfHugeSizesIsDoneAtOnce) {
  const std::int64_t many = std::int64_t(1) << 40;
  const auto x = gt::empty({many, 0}, {.device = cuda}), y = gt::empty({0, many, many}, {.device = cuda});

  EXPECT_THAT(gt::to_string(x), testing::EndsWith("float32 [1099511627776, 0] cuda:0"));
  EXPECT_EQ(gt::gather(x, 1, gt::empty({many, 0}, {.dtype = gt::int64, .device = cuda})).numel(), 0);
  EXPECT_EQ(gt::index_select(x, 1, gt::empty({0}, {.dtype = gt::int64, .device = cuda})).numel(), 0);
  EXPECT_EQ(gt::sum(y).item(), 0);
  EXPECT_EQ(gt::sum(y, {1}).numel(), 0);
  EXPECT_EQ((y + y).numel(), 0);
  EXPECT_THAT(gt::matmul(gt::ones({5, 5, 0}, {.device = cuda}), gt::ones({0, 5}, {.device = cuda})),
              near(gt::zeros({5, 5, 5})));
  EXPECT_THROW(gt::sum(y, {0}), gt::OutOfMemoryError);
}

TEST_F(CudaNumber, ConstMemoryOfADeviceIsNotWritten) {
  const auto own = gt::ones({4}, {.device = cuda});
  auto wrapped = gt::from_blob(static_cast<const void*>(own.tensor_data()->data), {4}, {.device = cuda});

  EXPECT_THAT(wrapped * 2, near({2, 2, 2, 2}));
  EXPECT_THROW(wrapped.fill_(0), gt::ValueError);
  EXPECT_THAT(gt::vjp([](const std::vector<gt::Tensor>& in) { return gt::softmax(in[0], 0); },
                      {gt::zeros({4}, {.device = cuda})},
                      gt::from_blob(static_cast<const void*>(own.tensor_data()->data), {4}, {.device = cuda}))
                  .product[0],
              near({0, 0, 0, 0}));
  EXPECT_THAT(own, near({1, 1, 1, 1}));
}

}  // namespace
