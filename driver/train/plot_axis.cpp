#include "driver/train/plot_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradc::driver {

namespace {

/// Lowest and highest of the values seen; 0 to 1 when there were none.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  Axis axis(bool is_logarithmic) const {
    if (low > high) return is_logarithmic ? Axis(1, 10, true) : Axis(0, 1, false);
    return Axis(low, high, is_logarithmic);
  }
};

bool is_drawable(double value, bool is_logarithmic) {
  // Differences of larger values overflow.
  return std::abs(value) < 1e300 && (!is_logarithmic || value > 1e-300);
}

/// The smallest of 1, 2, 5, 10, 20, … (times a power of ten) that is not below `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/// Multiples of a round step.
std::vector<double> linear_ticks(double low, double high, int about) {
  const double step = round_step((high - low) / about);
  std::vector<double> ticks;
  const double slack = 1e-9 * (high - low);
  // Counted, because adding up would drift.
  const double first = std::ceil((low - slack) / step);
  for (double i = first; i * step <= high + slack && ticks.size() < 100; ++i)
    ticks.push_back(i == 0 ? 0 : i * step);
  return ticks;
}

/// Powers of ten; with 2 and 5 times them where there would be few.
std::vector<double> logarithmic_ticks(double low, double high, int about) {
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  const int stride = std::max(1, (last - first + about - 1) / about);
  const bool is_short = high <= 100 * low;
  std::vector<double> ticks;
  for (int exponent = first; exponent <= last; exponent += stride)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, exponent);
      const bool is_within = tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9);
      if (is_within && (factor == 1 || is_short)) ticks.push_back(tick);
    }
  return ticks;
}

/// First, lowest, highest and last of the points of one column, in the order they have.
void append_extremes(std::span<const Point> column, std::vector<Point>& to) {
  const auto [lowest, highest] = std::ranges::minmax_element(column, {}, &Point::y);
  const auto [early, late] = std::minmax({lowest - column.begin(), highest - column.begin()});
  std::ptrdiff_t previous = -1;
  for (const std::ptrdiff_t index : {std::ptrdiff_t{0}, early, late, std::ssize(column) - 1}) {
    if (index > previous) to.push_back(column[static_cast<std::size_t>(index)]);
    previous = std::max(previous, index);
  }
}

std::vector<Point> thinned(std::span<const Point> points, const Axis& x, int columns) {
  std::vector<Point> kept;
  const auto column_of = [&](const Point& point) {
    return std::floor(x.position(point.x) * columns);
  };
  while (!points.empty()) {
    const auto other = [&, first = column_of(points[0])](const Point& point) {
      return column_of(point) != first;
    };
    const auto end = std::ranges::find_if(points, other);
    const auto count = static_cast<std::size_t>(end - points.begin());
    append_extremes(points.first(count), kept);
    points = points.subspan(count);
  }
  return kept;
}

}  // namespace

Axis::Axis(double low, double high, bool is_logarithmic)
    : low_(low), high_(high), is_logarithmic_(is_logarithmic) {
  const double widening = 1e-6 * std::max(std::abs(low_), std::abs(high_));
  if (high_ - low_ > widening) return;
  // A constant lies in the middle.
  const double margin = low_ == 0 ? 0.5 : 0.5 * std::abs(low_);
  low_ -= margin;
  high_ += margin;
}

bool Axis::can_show(double value) const { return is_drawable(value, is_logarithmic_); }

double Axis::position(double value) const {
  // Not the logarithm of a quotient, which may overflow.
  if (is_logarithmic_)
    return (std::log(value) - std::log(low_)) / (std::log(high_) - std::log(low_));
  return (value - low_) / (high_ - low_);
}

std::vector<double> Axis::ticks(int about) const {
  if (!is_logarithmic_) return linear_ticks(low_, high_, about);
  std::vector<double> ticks = logarithmic_ticks(low_, high_, about);
  return ticks.size() < 2 ? linear_ticks(low_, high_, about) : ticks;
}

std::string tick_text(double tick) { return fmt::format("{:.6g}", tick); }

Axes axes_of(std::span<const Series> series, const PlotOptions& options) {
  Range x, y;
  for (const Series& one : series)
    for (const Point& point : one.points) {
      if (!is_drawable(point.x, false) || !is_drawable(point.y, options.logarithmic_y)) continue;
      x.include(point.x);
      y.include(point.y);
    }
  return {x.axis(false), y.axis(options.logarithmic_y)};
}

bool spans_decades(std::span<const Series> series) {
  Range y;
  for (const Series& one : series)
    for (const Point& point : one.points)
      if (is_drawable(point.y, false)) y.include(point.y);
  return y.low > 0 && y.low <= y.high && y.high >= 50 * y.low;
}

std::vector<std::vector<Point>> stretches(const Series& series, const Axes& axes, int columns) {
  std::vector<std::vector<Point>> all;
  const auto is_shown = [&](const Point& point) { return axes.can_show(point); };
  auto begin = std::ranges::find_if(series.points, is_shown);
  while (begin != series.points.end()) {
    const auto end = std::find_if_not(begin, series.points.end(), is_shown);
    all.push_back(thinned(std::span(begin, end), axes.x, columns));
    begin = std::find_if(end, series.points.end(), is_shown);
  }
  return all;
}

}  // namespace gradc::driver
