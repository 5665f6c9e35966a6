#include <fmt/format.h>

#include <algorithm>

#include "driver/flow/report.h"
#include "driver/train/plot.h"

namespace gradc::driver {

namespace {

constexpr int plot_height = 360, map_height = 320, width = 800;

Series norms_of(const FlowSample& sample, std::size_t row) {
  Series out{fmt::format("training step {}", sample.step), {}};
  for (std::size_t t = 0; t < sample.values[row].size(); ++t)
    out.points.push_back({static_cast<double>(t), sample.values[row][t]});
  return out;
}

}  // namespace

std::string norms_plot(const FlowHistory& history, std::size_t row) {
  const std::vector<FlowSample>& samples = history.samples();
  std::vector<Series> series = {norms_of(samples.back(), row)};
  if (samples.size() > 1) series.push_back(norms_of(samples.front(), row));
  const std::string& name = history.rows()[row].name;
  const PlotOptions options{.title = fmt::format("{}: |d loss / d {}[t]|", name, name),
                            .x_label = "t",
                            .logarithmic_y = true};
  return svg_plot(series, options, width, plot_height);
}

std::string norms_map(const FlowHistory& history, std::size_t row) {
  HeatMap map;
  for (const FlowSample& sample : history.samples()) {
    map.x.push_back(static_cast<double>(sample.step));
    map.columns.push_back(sample.values[row]);
  }
  return svg_heat_map(map, {.title = {}, .x_label = "training step", .y_label = "t"}, width,
                      map_height);
}

std::string flow_svg(const FlowReport& report) {
  std::string pictures;
  int height = 0;
  const auto add = [&](const std::string& picture, int its_height) {
    pictures += fmt::format("<g transform=\"translate(0 {})\">\n{}</g>\n", height, picture);
    height += its_height;
  };
  for (const FlowHistory& history : report.histories)
    for (std::size_t row = 0; row < history.rows().size(); ++row) {
      if (history.rows()[row].kind != FlowRow::Kind::sequence || history.samples().empty())
        continue;
      add(norms_plot(history, row), plot_height);
      add(norms_map(history, row), map_height);
    }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\">\n{2}</svg>\n",
      width, std::max(height, 1), pictures);
}

}  // namespace gradc::driver
