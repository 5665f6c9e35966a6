#pragma once
/// Curves as a picture: SVG for a file, braille dots for a terminal. The same data gives the same
/// bytes.
#include <span>
#include <string>
#include <vector>

namespace gradc::driver {

struct Point {
  double x = 0;
  double y = 0;
};

/// A curve. Points that cannot be drawn (NaN, infinite, not positive on a logarithmic axis) leave a
/// gap.
struct Series {
  std::string name;
  std::vector<Point> points;
};

struct PlotOptions {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  bool logarithmic_y = false;
};

/// Whether a linear axis would hide most of what happens: all values are positive, and the largest
/// is a hundred times the smallest or more.
bool spans_decades(std::span<const Series> series);

/// An SVG document of `width` by `height` pixels.
std::string svg_plot(std::span<const Series> series, const PlotOptions& options, int width = 800,
                     int height = 480);

/// Positive numbers over a grid, as colours on a logarithmic scale. What cannot be drawn (NaN,
/// zero) leaves its cell white.
struct HeatMap {
  std::vector<double> x;                     ///< what the columns are called at the axis
  std::vector<std::vector<double>> columns;  ///< equally long, the lowest cell first
};
std::string svg_heat_map(const HeatMap& map, const PlotOptions& options, int width = 800,
                         int height = 320);

/// Lines of text, `columns` wide and `rows` high at most, axes and legend included. `has_color`
/// tells series apart by ANSI colours.
std::string terminal_plot(std::span<const Series> series, const PlotOptions& options,
                          int columns = 72, int rows = 16, bool has_color = false);

}  // namespace gradc::driver
