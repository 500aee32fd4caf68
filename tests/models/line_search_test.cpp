#include "tests/support/near.h"

#include <gradtape/models/line_search.h>

namespace {

using gt::detail::LinePoint, gt::detail::strong_wolfe;

struct Line {
  const char* name;
  double (*value)(double);
  double (*slope)(double);
};
// The first two are functions 1 and 2 of Moré and Thuente, ACM TOMS 20 (1994), p. 286; the third has no values right
// of 1.
const Line lines[] = {
    {"-a / (a² + 2)", [](double a) { return -a / (a * a + 2); },
     [](double a) { return (a * a - 2) / ((a * a + 2) * (a * a + 2)); }},
    {"b⁵ - 2b⁴, b = a + 0.004", [](double a) { return std::pow(a + 0.004, 5) - 2 * std::pow(a + 0.004, 4); },
     [](double a) { return 5 * std::pow(a + 0.004, 4) - 8 * std::pow(a + 0.004, 3); }},
    {"-log(1 - a) - 2a", [](double a) { return -std::log(1 - a) - 2 * a; }, [](double a) { return 1 / (1 - a) - 2; }},
};

LinePoint at(const Line& line, double step) { return {step, line.value(step), line.slope(step)}; }

TEST(LineSearch, MeetsTheStrongWolfeConditionsFromAnyFirstStep) {
  for (const Line& line : lines)
    for (double first : {1e-6, 1e-3, 0.1, 1.0, 10.0, 1e3, 1e6}) {
      const LinePoint start = at(line, 0);

      const auto found = strong_wolfe([&](double step) { return at(line, step); }, start, first, 0);

      ASSERT_TRUE(found) << line.name << " from " << first;
      EXPECT_GT(found->step, 0);
      EXPECT_LE(found->value, start.value + 1e-4 * found->step * start.slope) << line.name << " from " << first;
      EXPECT_LE(std::abs(found->slope), 0.9 * std::abs(start.slope)) << line.name << " from " << first;
    }
}

TEST(LineSearch, TakesTheFirstStepWhereItIsGood) {
  int tries = 0;
  auto bowl = [&](double a) { return ++tries, LinePoint{a, (a - 1) * (a - 1), 2 * (a - 1)}; };

  EXPECT_EQ(strong_wolfe(bowl, {0, 1, -2}, 1, 0)->step, 1);
  EXPECT_EQ(tries, 1);
}

TEST(LineSearch, FindsTheMinimumOfACubicInTwoTries) {
  // a³ - 3a falls to a = 1; a first step of 2.2 is too far, and the cubic through both ends is the function itself.
  int tries = 0;
  auto cubic = [&](double a) { return ++tries, LinePoint{a, a * a * a - 3 * a, 3 * a * a - 3}; };

  EXPECT_NEAR(strong_wolfe(cubic, {0, 0, -3}, 2.2, 0)->step, 1, 1e-12);
  EXPECT_EQ(tries, 2);
}

TEST(LineSearch, FindsNothingWhereTheLossOnlyRises) {
  EXPECT_FALSE(strong_wolfe([](double a) { return LinePoint{a, a, 1}; }, {0, 0, -1}, 1, 0));
  EXPECT_FALSE(strong_wolfe([](double a) { return LinePoint{a, NAN, NAN}; }, {0, 0, -1}, 1, 0));
}

TEST(LineSearch, LetsSlopesDecideWhereValuesDifferByRoundingOnly) {
  // A bowl around 1, far shallower than the last place of its values.
  auto bowl = [](double a) { return LinePoint{a, 1 + 0x1p-52, 2e-20 * (a - 1)}; };

  EXPECT_NEAR(strong_wolfe(bowl, {0, 1, -2e-20}, 30, 1e-15)->step, 1, 0.9);
  EXPECT_FALSE(strong_wolfe(bowl, {0, 1, -2e-20}, 30, 0));
}

}  // namespace
