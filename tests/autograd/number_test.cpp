// C++ numbers keep their kind, int64 or double, until they meet a tensor.
#include "tests/support/near.h"

namespace {

constexpr std::int64_t odd = (std::int64_t(1) << 53) + 1;  // no double holds it
constexpr std::int64_t largest = INT64_MAX, smallest = INT64_MIN;

std::vector<std::int64_t> integers(const gt::Tensor& x) {
  EXPECT_EQ(x.dtype(), gt::int64);
  return x.to_vector<std::int64_t>();
}
using testing::ElementsAre;

TEST(Number, MeetsInt64ExactlyInEveryOp) {
  const auto zero = gt::tensor({std::int64_t(0)}), one = gt::tensor({std::int64_t(1)}),
             x = gt::tensor({odd, odd - 1, odd + 1});

  EXPECT_THAT(integers(zero + odd), ElementsAre(odd));
  EXPECT_THAT(integers(odd + zero), ElementsAre(odd));
  EXPECT_THAT(integers(zero - odd), ElementsAre(-odd));
  EXPECT_THAT(integers(odd - zero), ElementsAre(odd));
  EXPECT_THAT(integers(one * odd), ElementsAre(odd));
  EXPECT_THAT(integers(one * smallest), ElementsAre(smallest));
  EXPECT_THAT((x == odd).to_vector<bool>(), ElementsAre(true, false, false));
  EXPECT_THAT((x != odd).to_vector<bool>(), ElementsAre(false, true, true));
  EXPECT_THAT((x < odd).to_vector<bool>(), ElementsAre(false, true, false));
  EXPECT_THAT((x <= odd).to_vector<bool>(), ElementsAre(true, true, false));
  EXPECT_THAT((x > odd).to_vector<bool>(), ElementsAre(false, false, true));
  EXPECT_THAT((x >= odd).to_vector<bool>(), ElementsAre(true, false, true));
  EXPECT_THAT(integers(gt::where(x == odd - 1, odd, x)), ElementsAre(odd, odd, odd + 1));
  EXPECT_THAT(integers(gt::where(gt::tensor({true, false}), largest, odd)), ElementsAre(largest, odd));
  EXPECT_THAT(integers(gt::maximum(x, odd)), ElementsAre(odd, odd, odd + 1));
  EXPECT_THAT(integers(gt::minimum(odd, x)), ElementsAre(odd, odd - 1, odd));
}

TEST(Number, IsWrittenExactly) {
  const gt::TensorOptions as_int64{.dtype = gt::int64};
  auto x = gt::zeros({2}, as_int64), columns = gt::zeros({2, 2}, as_int64);

  EXPECT_THAT(integers(gt::full({1}, odd, as_int64)), ElementsAre(odd));
  EXPECT_THAT(integers(gt::full({1}, smallest, as_int64)), ElementsAre(smallest));
  EXPECT_THAT(integers(x.fill_(odd)), ElementsAre(odd, odd));
  gt::select(columns, 1, 0).fill_(largest);
  EXPECT_THAT(integers(columns), ElementsAre(largest, 0, largest, 0));
  EXPECT_THAT(integers(gt::zeros({2}, as_int64).add_(gt::full({2}, odd, as_int64), 3)), ElementsAre(3 * odd, 3 * odd));
  EXPECT_THAT(integers(gt::masked_fill(x, gt::tensor({false, true}), -odd)), ElementsAre(odd, -odd));
  EXPECT_THAT(integers(gt::clamp(gt::tensor({-largest, std::int64_t(0), largest}), odd, odd + 1)),
              ElementsAre(odd, odd, odd + 1));
  EXPECT_THAT(integers(gt::clamp(gt::tensor({smallest, largest}), -odd, odd)), ElementsAre(-odd, odd));
  EXPECT_EQ(gt::clamp(gt::tensor({1, 2, 3}), 2, 2).dtype(), gt::int32);
  EXPECT_EQ(gt::clamp(gt::tensor({1, 2, 3}), 1.5, 2).dtype(), gt::float32);
}

TEST(Number, BeyondATypeBecomesItsLimit) {
  EXPECT_THAT(gt::full({1}, 300, {.dtype = gt::uint8}).to_vector<int>(), ElementsAre(255));
  EXPECT_THAT(gt::full({1}, -1, {.dtype = gt::uint8}).to_vector<int>(), ElementsAre(0));
  EXPECT_THAT(gt::full({1}, largest, {.dtype = gt::int32}).to_vector<int>(), ElementsAre(INT32_MAX));
  EXPECT_THAT(gt::full({1}, -1e300, {.dtype = gt::int64}).to_vector<std::int64_t>(), ElementsAre(smallest));
  EXPECT_THAT(gt::full({1}, -7, {.dtype = gt::boolean}).to_vector<bool>(), ElementsAre(true));
}

TEST(Number, LeavesFloatingTensorsAsTheyAre) {
  const auto x = gt::tensor({0.5f}), y = gt::tensor({0.5});

  EXPECT_EQ((x + 1).dtype(), gt::float32);
  EXPECT_EQ((x + 1.0).dtype(), gt::float32);
  EXPECT_THAT(x * 3, near({1.5}));
  EXPECT_THAT(y * 3, near({1.5}));
  EXPECT_EQ((y + odd).item(), static_cast<double>(odd) + 0.5);
  EXPECT_EQ((x.to(gt::bfloat16) + 1).dtype(), gt::bfloat16);
  EXPECT_EQ((gt::tensor({true}) + 1).dtype(), gt::int64);
  EXPECT_EQ((gt::tensor({1}) + 1).dtype(), gt::int32);
  EXPECT_EQ((gt::tensor({1}) + 0.5).dtype(), gt::float32);
  EXPECT_EQ((gt::tensor({std::int64_t(1)}) + std::uint64_t(1)).dtype(), gt::int64);
  EXPECT_EQ((y * UINT64_MAX).item(), 0x1p63);
}

TEST(Number, AmongItselfStaysExact) {
  EXPECT_THAT(integers(gt::tensor({std::int64_t(0)}) + gt::maximum(odd, 3)), ElementsAre(odd));
  EXPECT_NEAR((gt::tensor({3.0}) * gt::divide(1, 3)).item(), 1, 1e-15);
}

TEST(Number, MultipliesAGradientAsItMultipliesAValue) {
  auto x = gt::tensor({1.5f, 2.f}).requires_grad_();
  gt::Tape tape;

  gt::sum(x * 3 + 4 * x * 0.5).backward();

  EXPECT_THAT(x.grad(), near({5, 5}));
}

TEST(Arange, TakesItsTypeFromItsNumbers) {
  EXPECT_EQ(gt::arange(0, 3).dtype(), gt::int64);
  EXPECT_EQ(gt::arange(0, 1, 0.25).dtype(), gt::float32);
  EXPECT_THAT(gt::arange(0, 1, 0.25), near({0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(gt::arange(0.0, 3.0).dtype(), gt::float32);
  EXPECT_EQ(gt::arange(0, 3, 1, {.dtype = gt::float64}).dtype(), gt::float64);
  EXPECT_EQ(gt::arange(0, 3, 1, {.device = gt::Device::cpu()}).dtype(), gt::int64);
  EXPECT_THAT(gt::arange(0.0, 3.0, 1.0, {.dtype = gt::int32}).to_vector<int>(), ElementsAre(0, 1, 2));
}

TEST(Arange, NeverReachesStop) {
  for (const auto type : {gt::float32, gt::float64}) {
    EXPECT_THAT(gt::arange(1, 1.3, 0.1, {.dtype = type}), near({1, 1.1, 1.2}));
    EXPECT_THAT(gt::arange(2.1, -2.9, -1, {.dtype = type}), near({2.1, 1.1, 0.1, -0.9, -1.9}));
    EXPECT_EQ(gt::arange(0, 0.3, 0.1, {.dtype = type}).numel(), 3);
    EXPECT_EQ(gt::arange(0, 1.0 / 3, 0.1, {.dtype = type}).numel(), 4);
  }
  for (int tenths = 1; tenths < 200; ++tenths) {
    const auto x = gt::arange(0.7, 0.7 + tenths * 0.1, 0.1);
    EXPECT_LT(x.to_vector<float>().back(), static_cast<float>(0.7 + tenths * 0.1)) << tenths;
    EXPECT_GE(x.numel(), tenths);
  }
  EXPECT_EQ(gt::arange(3, 3).numel(), 0);
  EXPECT_EQ(gt::arange(3, 0).numel(), 0);
  EXPECT_EQ(gt::arange(0, 3, -1).numel(), 0);
  EXPECT_EQ(gt::arange(0.0, -3.0).numel(), 0);
}

TEST(Arange, IsExactForAllInt64) {
  const std::int64_t quarter = std::int64_t(1) << 62;
  EXPECT_THAT(integers(gt::arange(odd, odd + 3)), ElementsAre(odd, odd + 1, odd + 2));
  EXPECT_THAT(integers(gt::arange(smallest, largest, quarter)), ElementsAre(smallest, -quarter, 0, quarter));
  EXPECT_THAT(integers(gt::arange(largest, smallest, -quarter)),
              ElementsAre(largest, largest - quarter, -1, -quarter - 1));
  EXPECT_THAT(integers(gt::arange(largest - 1, largest)), ElementsAre(largest - 1));
  EXPECT_THAT(integers(gt::arange(smallest + 1, smallest, smallest)), ElementsAre(smallest + 1));
  EXPECT_THROW(gt::arange(smallest, largest), gt::OutOfMemoryError);
}

TEST(Arange, RefusesWhatItsTypeCannotHold) {
  EXPECT_ERROR(DTypeError, gt::arange(2.1, -2.9, -1, {.dtype = gt::int64}),
               "arange: int64 holds no fractions\n  Give whole numbers, or a floating type.");
  EXPECT_ERROR(ValueError, gt::arange(0, 257, 1, {.dtype = gt::uint8}), "arange: uint8 cannot hold 256");
  EXPECT_ERROR(ValueError, gt::arange(-1, 3, 1, {.dtype = gt::uint8}), "arange: uint8 cannot hold -1");
  EXPECT_ERROR(ValueError, gt::arange(0, 3, 0), "arange: from 0 to 3 in steps of 0 has no end");
  EXPECT_THROW(gt::arange(0, NAN), gt::ValueError);
  EXPECT_THROW(gt::arange(0, INFINITY), gt::ValueError);
}

TEST(Linspace, AndEyeBlameThemselvesForNegativeCounts) {
  EXPECT_ERROR(ValueError, gt::linspace(0, 1, -1), "linspace: there are no -1 numbers");
  EXPECT_ERROR(ValueError, gt::eye(-2), "eye: there are no -2 rows");
}

}  // namespace
