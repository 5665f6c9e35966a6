#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "driver/train/plot.h"
#include "driver/train/plot_axis.h"
#include "driver/train/svg.h"
#include "driver/xml.h"

namespace gradc::driver {

namespace {

/// From dark to bright, even to the eye and to the colour-blind (viridis).
constexpr std::array<std::string_view, 16> shades = {
    "#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e", "#23888e",
    "#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36", "#d2e21b", "#fde725"};

/// More cells along one side cannot be told apart.
constexpr std::size_t most_cells = 160;

bool can_show(double value) { return value > 1e-300 && value < 1e300; }

/// Cells in fewer, larger ones, each with the largest number of those it stands for.
struct Grid {
  std::size_t width, height;
  std::vector<double> cells;  ///< column by column

  double& at(std::size_t x, std::size_t y) { return cells[x * height + y]; }
  double at(std::size_t x, std::size_t y) const { return cells[x * height + y]; }
};

Grid grid_of(const HeatMap& map) {
  const std::size_t columns = map.columns.size();
  const std::size_t rows = columns == 0 ? 0 : map.columns[0].size();
  Grid grid{std::min(columns, most_cells), std::min(rows, most_cells), {}};
  grid.cells.assign(grid.width * grid.height, 0);
  for (std::size_t x = 0; x < columns; ++x)
    for (std::size_t y = 0; y < rows; ++y) {
      double& cell = grid.at(x * grid.width / columns, y * grid.height / rows);
      if (const double value = map.columns[x][y]; can_show(value)) cell = std::max(cell, value);
    }
  return grid;
}

class SvgHeatMap {
 public:
  SvgHeatMap(const HeatMap& map, const PlotOptions& options, int width, int height)
      : map_(map),
        options_(options),
        grid_(grid_of(map)),
        width_(width),
        height_(height),
        svg_(width, height) {
    for (const double value : grid_.cells) {
      if (!can_show(value)) continue;
      low_ = std::min(low_, value);
      high_ = std::max(high_, value);
    }
  }

  std::string draw() {
    add_cells();
    add_axes();
    add_scale();
    return std::move(svg_).finish();
  }

 private:
  std::optional<std::size_t> shade_of(double value) const {
    if (!can_show(value)) return std::nullopt;
    if (low_ >= high_) return shades.size() - 1;
    const double position = Axis(low_, high_, true).position(value);
    return std::min(static_cast<std::size_t>(position * shades.size()), shades.size() - 1);
  }

  /// Neighbours of one shade become one line, and lines of one shade one path.
  void add_cells() {
    std::array<std::string, shades.size()> paths;
    for (std::size_t y = 0; y < grid_.height; ++y)
      for (std::size_t x = 0, end = 0; x < grid_.width; x = end) {
        const auto shade = shade_of(grid_.at(x, y));
        for (end = x + 1; end < grid_.width && shade_of(grid_.at(end, y)) == shade;) ++end;
        if (shade) paths[*shade] += fmt::format("M{} {}h{}", x, grid_.height - 1 - y, end - x);
      }
    svg_.add(
        R"svg(<g shape-rendering="crispEdges" transform="translate({:.1f} {:.1f}) scale({:.4f} {:.4f}) translate(0 0.5)">)svg",
        left, top, (right() - left) / static_cast<double>(std::max<std::size_t>(grid_.width, 1)),
        (bottom() - top) / static_cast<double>(std::max<std::size_t>(grid_.height, 1)));
    for (std::size_t i = 0; i < shades.size(); ++i)
      if (!paths[i].empty()) svg_.add(R"(<path d="{}" stroke="{}"/>)", paths[i], shades[i]);
    svg_.add("</g>");
  }

  void add_axes() {
    svg_.add(R"(<path d="M{0:.1f} {1:.1f}V{2:.1f}H{3:.1f}" fill="none" stroke="black"/>)", left,
             top, bottom(), right());
    const std::size_t rows = map_.columns.empty() ? 0 : map_.columns[0].size();
    const Axis y(0, static_cast<double>(std::max<std::size_t>(rows, 1)), false);
    for (const double tick : y.ticks(6))
      svg_.add_text(left - 6, bottom() - y.position(tick) * (bottom() - top) + 4, "end",
                    tick_text(tick));
    constexpr std::size_t labels = 6;
    for (std::size_t i = 0; i < std::min(labels, map_.x.size()); ++i) {
      const std::size_t column = i * map_.x.size() / std::min(labels, map_.x.size());
      const double place = (static_cast<double>(column) + 0.5) / static_cast<double>(map_.x.size());
      svg_.add_text(left + place * (right() - left), bottom() + 16, "middle",
                    tick_text(map_.x[column]));
    }
    svg_.add_text((left + right()) / 2, 20, "middle", options_.title);
    svg_.add_text((left + right()) / 2, height_ - 8.0, "middle", options_.x_label);
    svg_.add(
        R"svg(<text transform="translate(16 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)svg",
        (top + bottom()) / 2, xml_text(options_.y_label));
  }

  /// Which colour is which number.
  void add_scale() {
    if (!can_show(low_) || !can_show(high_)) return;
    const double step = (bottom() - top) / shades.size();
    for (std::size_t i = 0; i < shades.size(); ++i)
      svg_.add(R"(<rect x="{:.1f}" y="{:.1f}" width="14" height="{:.2f}" fill="{}"/>)",
               right() + 16, bottom() - static_cast<double>(i + 1) * step, step, shades[i]);
    svg_.add_text(right() + 36, top + 10, "start", fmt::format("{:.1e}", high_));
    svg_.add_text(right() + 36, bottom(), "start", fmt::format("{:.1e}", low_));
  }

  double right() const { return width_ - 110; }
  double bottom() const { return height_ - 44; }

  static constexpr double left = 76;
  static constexpr double top = 32;

  const HeatMap& map_;
  const PlotOptions& options_;
  const Grid grid_;
  const int width_;
  const int height_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = 0;
  Svg svg_;
};

}  // namespace

std::string svg_heat_map(const HeatMap& map, const PlotOptions& options, int width, int height) {
  return SvgHeatMap(map, options, std::max(width, 240), std::max(height, 120)).draw();
}

}  // namespace gradc::driver
