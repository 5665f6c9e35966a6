#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "driver/train/plot.h"
#include "driver/train/plot_axis.h"
#include "driver/utf8.h"

namespace gradc::driver {

namespace {

/// A raster of braille characters, 2 dots wide and 4 high each.
class Canvas {
 public:
  Canvas(int columns, int rows) : columns_(columns), rows_(rows), cells_(index_of(rows, 0)) {}

  int width() const { return 2 * columns_; }
  int height() const { return 4 * rows_; }

  /// Bresenham's line.
  void line(int x0, int y0, int x1, int y1, std::size_t color) {
    const int dx = std::abs(x1 - x0);
    const int dy = -std::abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1;
    const int step_y = y0 < y1 ? 1 : -1;
    int error = dx + dy;
    for (;;) {
      dot(x0, y0, color);
      if (x0 == x1 && y0 == y1) return;
      const int doubled = 2 * error;
      if (doubled >= dy) {
        error += dy;
        x0 += step_x;
      }
      if (doubled <= dx) {
        error += dx;
        y0 += step_y;
      }
    }
  }

  /// Without the spaces at its end.
  std::string row(int row, bool has_color) const {
    std::string text;
    std::size_t end = 0;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[index_of(row, column)];
      if (cell.dots == 0) {
        text += ' ';
        continue;
      }
      std::string dots;
      append_utf8(dots, 0x2800u + cell.dots);
      text += has_color ? fmt::format("\x1b[{}m{}\x1b[0m", ansi_color(cell.color), dots) : dots;
      end = text.size();
    }
    return text.substr(0, end);
  }

  static int ansi_color(std::size_t series) {
    constexpr std::array colors = {34, 31, 32, 35, 33, 36};
    return colors[series % colors.size()];
  }

 private:
  struct Cell {
    std::uint32_t dots = 0;
    std::size_t color = 0;
  };

  std::size_t index_of(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  /// Unicode numbers the dots down the left column, down the right one, then the fourth row, which
  /// was added later.
  void dot(int x, int y, std::size_t color) {
    constexpr std::uint32_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    Cell& cell = cells_[index_of(y / 4, x / 2)];
    cell.dots |= bits[y % 4][x % 2];
    cell.color = color;
  }

  int columns_;
  int rows_;
  std::vector<Cell> cells_;
};

int to_dots(double position, int count) {
  return std::clamp(static_cast<int>(std::lround(position * (count - 1))), 0, count - 1);
}

void draw(const Series& series, std::size_t color, const Axes& axes, Canvas& canvas) {
  const auto x_of = [&](const Point& point) {
    return to_dots(axes.x.position(point.x), canvas.width());
  };
  const auto y_of = [&](const Point& point) {
    return to_dots(1 - axes.y.position(point.y), canvas.height());
  };
  for (const std::vector<Point>& stretch : stretches(series, axes, canvas.width())) {
    Point from = stretch.front();
    for (const Point& to : stretch) {
      canvas.line(x_of(from), y_of(from), x_of(to), y_of(to), color);
      from = to;
    }
  }
}

/// The tick of each row of the canvas, or an empty text.
std::vector<std::string> row_labels(const Axis& y, int rows) {
  std::vector<std::string> labels(static_cast<std::size_t>(rows));
  for (const double tick : y.ticks(std::max(rows / 3, 1)))
    labels[static_cast<std::size_t>(to_dots(1 - y.position(tick), 4 * rows) / 4)] = tick_text(tick);
  return labels;
}

/// The ticks of the x axis under the canvas; one that would touch the previous is left out.
std::string column_labels(const Axis& x, int columns) {
  std::string line;
  for (const double tick : x.ticks(std::max(columns / 12, 1))) {
    const std::string label = tick_text(tick);
    const int middle = to_dots(x.position(tick), 2 * columns) / 2;
    const int latest = columns - static_cast<int>(label.size());
    const int begin = std::min(std::max(middle - static_cast<int>(label.size()) / 2, 0), latest);
    if (begin < 0 || (!line.empty() && begin <= static_cast<int>(line.size()))) continue;
    line.resize(static_cast<std::size_t>(begin), ' ');
    line += label;
  }
  return line;
}

std::string legend(std::span<const Series> series, const PlotOptions& options, bool has_color) {
  std::string text = options.x_label.empty() ? "" : options.x_label + ":";
  for (std::size_t i = 0; i < series.size(); ++i)
    text += has_color ? fmt::format("  \x1b[{}m━━\x1b[0m {}", Canvas::ansi_color(i), series[i].name)
                      : fmt::format("  {}", series[i].name);
  return text;
}

std::string centered(std::string_view text, int columns) {
  const int margin = std::max((columns - static_cast<int>(text.size())) / 2, 0);
  return fmt::format("{}{}\n", std::string(static_cast<std::size_t>(margin), ' '), text);
}

}  // namespace

std::string terminal_plot(std::span<const Series> series, const PlotOptions& options, int columns,
                          int rows, bool has_color) {
  const Axes axes = axes_of(series, options);
  const int frame_rows = options.title.empty() ? 3 : 4;
  const int canvas_rows = std::max(rows - frame_rows, 2);
  const std::vector<std::string> labels = row_labels(axes.y, canvas_rows);
  const std::size_t margin = std::ranges::max(labels, {}, &std::string::size).size();
  const int canvas_columns = std::max(columns - static_cast<int>(margin) - 2, 4);

  Canvas canvas(canvas_columns, canvas_rows);
  for (std::size_t i = 0; i < series.size(); ++i) draw(series[i], i, axes, canvas);

  std::string text = options.title.empty() ? "" : centered(options.title, columns);
  for (int row = 0; row < canvas_rows; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    text += fmt::format("{:>{}} {}{}\n", label, margin, label.empty() ? "│" : "┤",
                        canvas.row(row, has_color));
  }
  std::string rule;
  for (int column = 0; column < canvas_columns; ++column) rule += "─";
  text += fmt::format("{:>{}} └{}\n", "", margin, rule);
  text += fmt::format("{:>{}}  {}\n", "", margin, column_labels(axes.x, canvas_columns));
  const std::string names = legend(series, options, has_color);
  return names.empty() ? text : text + fmt::format("{:>{}}  {}\n", "", margin, names);
}

}  // namespace gradc::driver
