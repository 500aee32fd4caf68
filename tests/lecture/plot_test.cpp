// The pictures' module: ticks, numbers, what is drawn.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "../../examples/plot/page.h"

namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Ticks, AreRoundNumbers) {
  EXPECT_THAT(plot::ticks(0, 1, 5), ElementsAre(0, DoubleNear(0.2, 1e-12), DoubleNear(0.4, 1e-12),
                                                DoubleNear(0.6, 1e-12), DoubleNear(0.8, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_THAT(plot::ticks(-3.1, 4.2, 5), ElementsAre(-2, 0, 2, 4));
  EXPECT_THAT(plot::ticks(0.9, 1100, 5, true), ElementsAre(1, 10, 100, 1000));
  EXPECT_THAT(plot::ticks(0.15, 0.6, 5, true), ElementsAre(DoubleNear(0.2, 1e-12), DoubleNear(0.5, 1e-12)));
  EXPECT_EQ(plot::ticks(1e-300, 1, 5, true).size(), 4u);  // 10⁻³⁰⁰, 10⁻²⁰⁰, 10⁻¹⁰⁰, 1
}

TEST(Number, IsWrittenForAPerson) {
  EXPECT_EQ(plot::number(0), "0");
  EXPECT_EQ(plot::number(-1.5), "−1.5");
  EXPECT_EQ(plot::number(0.123456), "0.1235");
  EXPECT_EQ(plot::number(9.99996e-4), "10⁻³");
  EXPECT_EQ(plot::number(3.2e-7), "3.2·10⁻⁷");
  EXPECT_EQ(plot::number(1e9), "10⁹");
  EXPECT_EQ(plot::number(std::nan("")), "NaN");
  EXPECT_EQ(plot::number(-INFINITY), "−∞");
}

TEST(Number, OfAColumnHasAsManyDecimalsAsTheOthers) {
  EXPECT_EQ(plot::fixed(25, 1), "25.0");
  EXPECT_EQ(plot::fixed(-0.25, 2), "−0.25");
}

TEST(Table, SetsWordsLeftAndNumbersRight) {
  EXPECT_THAT(plot::table({"way", "loss"}, {{"Adam", "0.5"}}), HasSubstr("<td class=\"words\">Adam</td><td>0.5</td>"));
}

TEST(Chart, WritesBesideAMarkWhereNoLineIs) {
  const auto place = [](plot::Numbers line) {  // of the text of a mark at the middle
    const std::string html = plot::Chart({.label = "x", .first = 0, .last = 2}, {.label = "y", .first = 0, .last = 2})
                                 .line("a", {0, 1, 2}, std::move(line))
                                 .mark(1, 1, "here")
                                 .html();
    const std::size_t at = html.find("class=\"halo\"");
    return std::stod(html.substr(html.find(" y=\"", at) + 4));
  };
  EXPECT_GT(place({2, 1, 2}), place({0, 1, 0}));  // below a valley, above a hill
}
TEST(Chart, BreaksALineWhereThereIsNoNumber) {
  const std::string html =
      plot::Chart({.label = "x"}, {.label = "y"}).line("a", {0, 1, 2, 3, 4}, {1, 1, NAN, 1, 1}).html();
  EXPECT_THAT(html, testing::ContainsRegex("d=\"M[^\"ML]*L[^\"ML]*M[^\"ML]*L[^\"ML]*\""));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}
TEST(Chart, ReachesFromTheLeastDoubleOnALogarithmicAxis) {
  const double least = std::numeric_limits<double>::denorm_min();
  const std::string html =
      plot::Chart({.label = "x"}, {.label = "y", .log = true}).line("a", {0, 1, 2}, {1, least, 0}).html();
  EXPECT_THAT(html, HasSubstr("10⁻²⁰⁰"));
  EXPECT_THAT(html, Not(HasSubstr("inf")));
}
TEST(Chart, IsDrawnOfNothingAndOfOnePoint) {
  EXPECT_THAT(plot::Chart({.label = "x"}, {.label = "y"}).html(), Not(HasSubstr("nan")));
  EXPECT_THAT(plot::Chart({.label = "x"}, {.label = "y", .log = true}).scatter("a", {1}, {2}).html(),
              Not(HasSubstr("nan")));
}
TEST(Chart, ShowsTheLastFrameUntilTheSliderIsMoved) {
  plot::Chart chart({.label = "x"}, {.label = "y"});
  chart.frame("first").scatter("a", {1}, {1}).frame("last").scatter("a", {2}, {2});
  EXPECT_THAT(chart.html(), HasSubstr("<g data-frame=\"0\" hidden>"));
  EXPECT_THAT(chart.html(), HasSubstr("<g data-frame=\"1\">"));
}
TEST(Chart, EscapesWhatItIsGiven) {
  const std::string html = plot::Chart({.label = "a < b"}, {.label = "\"y\""}).line("<b>", {0, 1}, {0, 1}).html();
  EXPECT_THAT(html, HasSubstr("a &lt; b"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
}

TEST(Image, JoinsPixelsOfOneShadeAndLeavesPaperOut) {
  const std::string html = plot::image({0, 1, 1, 0}, 4);
  EXPECT_THAT(html, HasSubstr("viewBox=\"0 0 4 1\""));
  EXPECT_THAT(html, HasSubstr("d=\"M1,0h2v1h-2z\""));
}

}  // namespace
