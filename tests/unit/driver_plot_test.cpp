#include "driver/train/plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "driver/train/plot_axis.h"

namespace gradc::driver {
namespace {

using Ticks = std::vector<std::string>;

Ticks ticks(double low, double high, int about, bool is_logarithmic = false) {
  Ticks texts;
  for (const double tick : Axis(low, high, is_logarithmic).ticks(about))
    texts.push_back(tick_text(tick));
  return texts;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Axis, TicksAreRound) {
  EXPECT_EQ(ticks(0, 10, 5), (Ticks{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(ticks(0.13, 0.98, 5), (Ticks{"0.2", "0.4", "0.6", "0.8"}));
  EXPECT_EQ(ticks(-1, 1, 4), (Ticks{"-1", "-0.5", "0", "0.5", "1"}));
  EXPECT_EQ(ticks(0.001, 1000, 10, true),
            (Ticks{"0.001", "0.01", "0.1", "1", "10", "100", "1000"}));
  EXPECT_EQ(ticks(0.09, 2.4, 6, true), (Ticks{"0.1", "0.2", "0.5", "1", "2"}));
  EXPECT_EQ(ticks(1.1, 1.9, 4, true), (Ticks{"1.2", "1.4", "1.6", "1.8"}));
}

TEST(Axis, TicksStayFew) {
  for (const double high : {1e-300, 1e-9, 1.0, 7.3, 1e9, 9e299}) {
    EXPECT_LE(ticks(0, high, 5).size(), 7u) << high;
    EXPECT_GE(ticks(0, high, 5).size(), 2u) << high;
  }
  EXPECT_LE(ticks(1e-299, 1e299, 5, true).size(), 8u);
}

TEST(Axis, PutsValuesInPlace) {
  EXPECT_EQ(Axis(2, 4, false).position(2), 0);
  EXPECT_EQ(Axis(2, 4, false).position(3), 0.5);
  EXPECT_EQ(Axis(2, 4, false).position(4), 1);
  EXPECT_DOUBLE_EQ(Axis(0.01, 100, true).position(1), 0.5);
  EXPECT_TRUE(std::isfinite(Axis(1e-299, 1e299, true).position(3)));
}

TEST(Plot, AWideRangeAsksForALogarithmicAxis) {
  const auto is_wide = [](double low, double high) {
    const Series series[] = {{"loss", {{1, high}, {2, 1}, {3, NAN}, {4, low}}}};
    return spans_decades(series);
  };
  EXPECT_TRUE(is_wide(0.02, 1));
  EXPECT_FALSE(is_wide(0.05, 1));
  EXPECT_FALSE(is_wide(0, 1));
  EXPECT_FALSE(is_wide(-1, 1000));
  EXPECT_FALSE(spans_decades({}));
}

TEST(Axis, AConstantLiesInTheMiddle) {
  for (const double value : {0.0, 7.0, -3e20, 1e-12})
    EXPECT_DOUBLE_EQ(Axis(value, value, false).position(value), 0.5);
}

TEST(Stretches, GapsWhereNothingCanBeDrawn) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Series series{"", {{0, nan}, {1, 1}, {2, 2}, {3, -1}, {4, 4}, {5, INFINITY}}};
  const std::vector<Series> all = {series};
  EXPECT_EQ(stretches(series, axes_of(all, {}), 100).size(), 1u);
  const auto logarithmic = stretches(series, axes_of(all, {.logarithmic_y = true}), 100);
  ASSERT_EQ(logarithmic.size(), 2u);
  EXPECT_EQ(logarithmic[0].size(), 2u);
  EXPECT_EQ(logarithmic[1][0].x, 4);
}

TEST(Stretches, LongCurvesKeepTheirExtremes) {
  Series series{"", {}};
  for (int i = 0; i < 100'000; ++i)
    series.points.push_back({static_cast<double>(i), i == 54'321 ? 9.0 : std::sin(i)});
  const auto all = stretches(series, axes_of(std::span(&series, 1), {}), 50);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_LE(all[0].size(), 51u * 4);
  EXPECT_TRUE(std::ranges::is_sorted(all[0], {}, &Point::x));
  EXPECT_EQ(std::ranges::max(all[0], {}, &Point::y).y, 9.0);
  EXPECT_EQ(all[0].front().x, 0);
  EXPECT_EQ(all[0].back().x, 99'999);
}

TEST(SvgPlot, DrawsCurvesAxesAndLegend) {
  const std::vector<Series> series = {{"loss", {{0, 0}, {1, 1}}}, {"dots", {{0.5, 0.5}}}};
  const std::string svg =
      svg_plot(series, {.title = "Title", .x_label = "epoch", .y_label = "loss"}, 400, 300);
  EXPECT_TRUE(
      svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"300\""));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("<polyline points=\"76.0,256.0 384.0,32.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("<circle cx=\"230.0\" cy=\"144.0\""), std::string::npos) << svg;
  for (const char* text : {">Title<", ">epoch<", ">loss<", ">dots<", ">0.2<"})
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  EXPECT_EQ(svg,
            svg_plot(series, {.title = "Title", .x_label = "epoch", .y_label = "loss"}, 400, 300));
}

TEST(SvgPlot, NamesCannotBreakTheDocument) {
  const std::vector<Series> series = {{"<script>&\"\x01\xFF\xC3\xA9", {{0, 0}, {1, 1}}}};
  const std::string svg = svg_plot(series, {});
  EXPECT_NE(svg.find("&lt;script&gt;&amp;&quot;??\xC3\xA9"), std::string::npos);
  EXPECT_EQ(count(svg, "<script"), 0u);
}

TEST(SvgPlot, EmptyPlotsHaveAxes) {
  EXPECT_EQ(count(svg_plot({}, {}), "<polyline"), 0u);
  const std::vector<Series> nothing = {{"a", {{0, std::nan("")}}}};
  EXPECT_EQ(count(svg_plot(nothing, {}), "nan"), 0u);
}

TEST(TerminalPlot, DrawsALine) {
  const std::vector<Series> series = {{"loss", {{0, 1}, {1, 0}}}};
  EXPECT_EQ(terminal_plot(series, {.x_label = "epoch"}, 9, 6),
            "1 ┤⠑⢄\n"
            "  │  ⠑⢄\n"
            "0 ┤    ⠑⢄\n"
            "  └──────\n"
            "   0    1\n"
            "   epoch:  loss\n");
}

TEST(TerminalPlot, ColoursTellSeriesApart) {
  const std::vector<Series> series = {{"a", {{0, 0}, {1, 0}}}, {"b", {{0, 1}, {1, 1}}}};
  const std::string text = terminal_plot(series, {}, 20, 8, true);
  EXPECT_NE(text.find("\x1b[34m━━\x1b[0m a"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31m━━\x1b[0m b"), std::string::npos);
  EXPECT_EQ(terminal_plot(series, {}, 20, 8, false).find('\x1b'), std::string::npos);
}

TEST(TerminalPlot, FitsWhatItIsGiven) {
  Series series{"loss", {}};
  for (int i = 1; i <= 300; ++i) series.points.push_back({i * 1.0, 1.0 / i});
  for (int columns : {0, 1, 20, 72, 200})
    for (int rows : {0, 5, 16, 50})
      for (bool logarithmic : {false, true}) {
        const std::string text =
            terminal_plot(std::span(&series, 1), {.logarithmic_y = logarithmic}, columns, rows);
        EXPECT_LE(count(text, "\n"), static_cast<std::size_t>(std::max(rows, 5)))
            << columns << " " << rows;
      }
}

TEST(TerminalPlot, EmptyPlotsHaveAxes) {
  EXPECT_EQ(count(terminal_plot({}, {.title = "nothing"}, 30, 8), "\n"), 7u);
}

}  // namespace
}  // namespace gradc::driver
