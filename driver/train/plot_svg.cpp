#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "driver/train/plot.h"
#include "driver/train/plot_axis.h"
#include "driver/train/svg.h"
#include "driver/xml.h"

namespace gradc::driver {

namespace {

/// Colours that the colour-blind can tell apart (Okabe and Ito).
constexpr std::array<std::string_view, 7> colors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                    "#e69f00", "#56b4e9", "#000000"};

std::string_view color_of(std::size_t series) { return colors[series % colors.size()]; }

/// Draws one document.
class SvgPlot {
 public:
  SvgPlot(std::span<const Series> series, const PlotOptions& options, int width, int height)
      : series_(series),
        options_(options),
        axes_(axes_of(series, options)),
        width_(width),
        height_(height),
        svg_(width, height) {}

  std::string draw() {
    add_grid();
    for (std::size_t i = 0; i < series_.size(); ++i) add_curve(i);
    add_labels();
    add_legend();
    return std::move(svg_).finish();
  }

 private:
  double right() const { return width_ - 16; }
  double bottom() const { return height_ - 44; }
  double x_of(double x) const { return left + axes_.x.position(x) * (right() - left); }
  double y_of(double y) const { return bottom() - axes_.y.position(y) * (bottom() - top); }

  void add_grid() {
    svg_.add(R"(<g stroke="#dddddd">)");
    for (const double tick : axes_.x.ticks(8))
      svg_.add(R"(<path d="M{0:.1f} {1:.1f}V{2:.1f}"/>)", x_of(tick), top, bottom());
    for (const double tick : axes_.y.ticks(6))
      svg_.add(R"(<path d="M{0:.1f} {1:.1f}H{2:.1f}"/>)", left, y_of(tick), right());
    svg_.add("</g>");
    svg_.add(R"(<path d="M{:.1f} {:.1f}V{:.1f}H{:.1f}" fill="none" stroke="black"/>)", left, top,
             bottom(), right());
    for (const double tick : axes_.x.ticks(8))
      svg_.add_text(x_of(tick), bottom() + 16, "middle", tick_text(tick));
    for (const double tick : axes_.y.ticks(6))
      svg_.add_text(left - 6, y_of(tick) + 4, "end", tick_text(tick));
  }

  void add_curve(std::size_t index) {
    for (const std::vector<Point>& stretch : stretches(series_[index], axes_, width_)) {
      std::string points;
      for (const Point& point : stretch)
        points += fmt::format("{:.1f},{:.1f} ", x_of(point.x), y_of(point.y));
      points.pop_back();
      // A line of one point would be invisible.
      if (stretch.size() == 1)
        svg_.add(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2" fill="{}"/>)", x_of(stretch[0].x),
                 y_of(stretch[0].y), color_of(index));
      else
        svg_.add(R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5"/>)", points,
                 color_of(index));
    }
  }

  void add_labels() {
    svg_.add_text((left + right()) / 2, 20, "middle", options_.title);
    svg_.add_text((left + right()) / 2, height_ - 8.0, "middle", options_.x_label);
    if (options_.y_label.empty()) return;
    const double middle = (top + bottom()) / 2;
    svg_.add(
        R"svg(<text transform="translate(16 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)svg",
        middle, xml_text(options_.y_label));
  }

  void add_legend() {
    double y = top + 14;
    // Names stay readable in front of curves.
    svg_.add(R"(<g paint-order="stroke" stroke="white" stroke-width="4">)");
    for (std::size_t i = 0; i < series_.size(); ++i, y += 16) {
      svg_.add(R"(<path d="M{:.1f} {:.1f}h-18" stroke="{}" stroke-width="3"/>)", right() - 6, y - 4,
               color_of(i));
      svg_.add_text(right() - 30, y, "end", series_[i].name);
    }
    svg_.add("</g>");
  }

  static constexpr double left = 76;
  static constexpr double top = 32;

  const std::span<const Series> series_;
  const PlotOptions& options_;
  const Axes axes_;
  const int width_;
  const int height_;
  Svg svg_;
};

}  // namespace

std::string svg_plot(std::span<const Series> series, const PlotOptions& options, int width,
                     int height) {
  return SvgPlot(series, options, std::max(width, 160), std::max(height, 120)).draw();
}

}  // namespace gradc::driver
