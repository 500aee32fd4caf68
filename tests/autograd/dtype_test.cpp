#include <limits>

#include "tests/support/near.h"

namespace {

TEST(DType, KnowsItsElements) {
  for (const gt::TypeFacts& facts : gt::type_facts)
    gt::visit(facts.type, [&](auto zero) {
      using T = decltype(zero);
      SCOPED_TRACE(facts.name);
      EXPECT_EQ(gt::dtype_of<T>, facts.type);
      EXPECT_EQ(gt::size_of(facts.type), sizeof(T));
      EXPECT_EQ(gt::is_half(facts.type), gt::is_half_type<T>);
      EXPECT_EQ(gt::is_floating(facts.type), std::is_floating_point_v<T> || gt::is_half_type<T>);
      if constexpr (std::is_arithmetic_v<T>) {
        EXPECT_EQ(facts.digits, std::numeric_limits<T>::digits);
        EXPECT_EQ(facts.is_signed, std::is_signed_v<T>);
      }
    });
}

TEST(DType, HoldsIntegersAsFarAsEachIsExact) {
  EXPECT_TRUE(gt::holds(gt::boolean, 1));
  EXPECT_FALSE(gt::holds(gt::boolean, 2));
  EXPECT_TRUE(gt::holds(gt::uint8, 255));
  EXPECT_FALSE(gt::holds(gt::uint8, 256));
  EXPECT_FALSE(gt::holds(gt::uint8, -1));
  EXPECT_TRUE(gt::holds(gt::int32, std::numeric_limits<std::int32_t>::min()));
  EXPECT_FALSE(gt::holds(gt::int32, std::int64_t(1) << 31));
  EXPECT_TRUE(gt::holds(gt::int64, std::numeric_limits<std::int64_t>::min()));
  EXPECT_TRUE(gt::holds(gt::float32, 1 << 24));
  EXPECT_FALSE(gt::holds(gt::float32, (1 << 24) + 1));
  EXPECT_TRUE(gt::holds(gt::bfloat16, -256));
  EXPECT_FALSE(gt::holds(gt::bfloat16, -257));
}

TEST(DType, OfTwoThatMeetTheOrderDoesNotMatter) {
  for (const gt::TypeFacts& a : gt::type_facts)
    for (const gt::TypeFacts& b : gt::type_facts) {
      const gt::DType both = gt::promote_types(a.type, b.type);
      EXPECT_EQ(both, gt::promote_types(b.type, a.type)) << a.name << " " << b.name;
      EXPECT_EQ(gt::promote_types(both, a.type), both) << a.name << " " << b.name;
    }
  EXPECT_EQ(gt::promote_types(gt::float16, gt::bfloat16), gt::float32);
  EXPECT_EQ(gt::promote_types(gt::int64, gt::float16), gt::float16);
  EXPECT_EQ(gt::promote_types(gt::boolean, gt::uint8), gt::uint8);
}

}  // namespace
