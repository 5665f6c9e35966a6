#pragma once
/// Where values lie along an axis, and which of them are written at it.
#include <span>
#include <string>
#include <vector>

#include "driver/train/plot.h"

namespace gradc::driver {

class Axis {
 public:
  /// An axis that shows `low` to `high`; a range without extent is widened.
  Axis(double low, double high, bool is_logarithmic);

  bool can_show(double value) const;
  double position(double value) const;         ///< 0 at the low end, 1 at the high end
  std::vector<double> ticks(int about) const;  ///< round numbers within the axis, rising

 private:
  double low_;
  double high_;
  bool is_logarithmic_;
};

std::string tick_text(double tick);

/// The axes that hold every point that can be drawn.
struct Axes {
  Axis x;
  Axis y;

  bool can_show(Point point) const { return x.can_show(point.x) && y.can_show(point.y); }
};
Axes axes_of(std::span<const Series> series, const PlotOptions& options);

/// The drawable stretches of a curve. Of many points within one of `columns` columns only the
/// first, the lowest, the highest and the last are kept: a line through the others would look the
/// same.
std::vector<std::vector<Point>> stretches(const Series& series, const Axes& axes, int columns);

}  // namespace gradc::driver
