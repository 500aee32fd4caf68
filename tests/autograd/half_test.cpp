#include "tests/support/near.h"

namespace {

// By trying: the nearest of all finite numbers of the type, of two as near the even one.
template <class Half>
double nearest(double x) {
  double best = 0;
  std::uint16_t chosen = 0;
  bool first = true;
  for (std::uint32_t bits = 0; bits < 0x8000; ++bits) {
    Half half;
    half.bits = static_cast<std::uint16_t>(bits);
    const double y = static_cast<float>(half);
    if (!std::isfinite(y)) continue;
    const double gap = std::abs(std::abs(x) - y), least = std::abs(std::abs(x) - best);
    if (first || gap < least || (gap == least && half.bits % 2 == 0 && chosen % 2 == 1))
      best = y, chosen = half.bits, first = false;
  }
  return std::copysign(best, x);
}

template <class Half>
void expect_conversions(std::initializer_list<float> numbers) {
  for (const float x : numbers)
    for (const float y : {x, -x, std::nextafter(x, 0.f), std::nextafter(x, 1e30f)})
      EXPECT_EQ(static_cast<float>(Half(y)), nearest<Half>(y)) << y;
  EXPECT_TRUE(std::isnan(static_cast<float>(Half(NAN))));
  EXPECT_EQ(static_cast<float>(Half(-INFINITY)), -INFINITY);
  EXPECT_TRUE(std::signbit(static_cast<float>(Half(-0.f))));
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {  // there and back
    Half half;
    half.bits = static_cast<std::uint16_t>(bits);
    const float x = half;
    ASSERT_TRUE(std::isnan(x) || Half(x).bits == half.bits) << bits;
  }
}

TEST(Half, ConversionsRoundToTheNearestAndEven) {
  expect_conversions<gt::Float16>({0.f, 1.f, 0.1f, 1 + 0x1p-11f, 1 + 0x3p-11f, 65504.f, 2049.f, 2051.f, 0x1p-14f,
                                   0x1p-15f, 0x1p-24f, 0x3p-25f, 0x1p-26f, 3.14159f});
  expect_conversions<gt::BFloat16>(
      {0.f, 1.f, 0.1f, 1 + 0x1p-8f, 1 + 0x3p-8f, 3e38f, 0x1p-126f, 1e-39f, 257.f, 259.f, 3.14159f});
  EXPECT_EQ(static_cast<float>(gt::Float16(65520.f)), INFINITY);
  EXPECT_LT(static_cast<float>(gt::Float16(65519.f)), INFINITY);
}

TEST(Half, TensorsConvertPromoteAndPrint) {
  const auto x = gt::tensor({1.5f, -2.f, 1000.f}).to(gt::float16);
  EXPECT_EQ(gt::to_string(x), "[1.5, -2, 1000]\nfloat16 [3] cpu");
  EXPECT_EQ(x.data<gt::Float16>()[0].bits, 0x3e00);
  EXPECT_EQ((x + 1).dtype(), gt::float16);
  EXPECT_EQ((x + gt::tensor({1, 2, 3})).dtype(), gt::float16);
  EXPECT_EQ((x + x.to(gt::bfloat16)).dtype(), gt::float32);
  EXPECT_EQ((x + x.to(gt::float64)).dtype(), gt::float64);
  EXPECT_EQ((x > 0).dtype(), gt::boolean);
  EXPECT_THAT(x.to(gt::int32), near({1, -2, 1000}));
  EXPECT_EQ(gt::sum(gt::full({10000}, 0.5, {.dtype = gt::float16})).item(),
            5000);  // in float32: in float16 it would stop at 1024
  EXPECT_EQ(gt::bfloat16,
            gt::matmul(gt::ones({2, 3}, {.dtype = gt::bfloat16}), gt::ones({3}, {.dtype = gt::bfloat16})).dtype());
  EXPECT_LT(gt::amax(gt::rand({1000}, {.dtype = gt::bfloat16})).item(), 1);
  EXPECT_EQ(gt::tensor({gt::Float16(2.f)}).item<float>(), 2);
}

TEST(Half, ParametersStayInFloat32) {
  auto w = gt::ones({3}, {.dtype = gt::float16}).requires_grad_();
  EXPECT_ERROR(DTypeError, gt::SGD({w}),
               "optimizer: parameters of 16 bits would lose small steps\n  parameter  [3]  float16  cpu\n"
               "  Keep them in float32, and convert them where they are used: w.to(gt::float16).");
  auto v = gt::ones({3}).requires_grad_();
  gt::SGD optimizer({v}, {.lr = 1});
  gt::Tape tape;
  gt::sum(v.to(gt::float16) * 2).backward();
  optimizer.step();
  EXPECT_THAT(v, near({-1, -1, -1}));
  EXPECT_EQ(v.dtype(), gt::float32);
}

}  // namespace
