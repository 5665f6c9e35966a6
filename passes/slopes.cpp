#include "passes/slopes.h"

#include <algorithm>
#include <cmath>

#include "ir/evaluate.h"
#include "ir/ops.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

/// Where ops are tried. The last ones tell a function that is bounded from one that is not.
constexpr double places[] = {0,     0.01, 0.1,  0.25, 0.5, 0.75,  1,    1.5,   2,
                             3,     5,    10,   30,   1e4, -0.01, -0.1, -0.25, -0.5,
                             -0.75, -1,   -1.5, -2,   -3,  -5,    -10,  -30,   -1e4};
/// More than this is taken for infinite.
constexpr double bound = 1e3;

std::vector<double> places_within(const Span& span) {
  std::vector<double> out = {span.at_rest};
  for (const double place : places)
    if (place >= span.low && place <= span.high) out.push_back(place);
  for (const double end : {span.low, span.high})
    if (std::isfinite(end)) out.push_back(end);
  std::sort(out.begin() + 1, out.end());
  out.erase(std::unique(out.begin() + 1, out.end()), out.end());
  return out;
}

/// Points to try: a number for each operand. The first is the one at rest.
using Points = std::vector<std::vector<double>>;

Points points_within(std::span<const Span> operands) {
  Points out = {{}};
  for (const Span& operand : operands) {
    Points longer;
    for (const double place : places_within(operand))
      for (const std::vector<double>& point : out) {
        longer.push_back(point);
        longer.back().push_back(place);
      }
    out = std::move(longer);
  }
  return out;
}

/// The op for every point, in double precision. Truth values are numbers that are not zero.
std::vector<double> values_at(const Graph& graph, NodeId node, const Points& points) {
  Graph trial;
  const auto count = static_cast<std::int64_t>(points.size());
  std::vector<Value> operands;
  std::vector<ir::Tensor> inputs;
  for (std::size_t slot = 0; slot < points[0].size(); ++slot) {
    const bool is_truth = graph[graph.operand(node, slot)].type.dtype == ir::DType::boolean;
    inputs.emplace_back(ir::Type{ir::DType::f64, {count}});
    for (std::int64_t i = 0; i < count; ++i)
      inputs.back().set_real(i, points[static_cast<std::size_t>(i)][slot]);
    const Value x = ir::input(trial, fmt::format("x{}", slot), ir::Type(inputs.back().type()),
                              ir::StorageClass::input);
    operands.push_back(is_truth ? ir::cast(x, ir::DType::boolean) : x);
  }
  ir::Diagnostics unused;
  const auto y = ir::try_append(trial, *graph[node].op, operands, graph[node].attributes, unused);
  if (!y) return {};
  const Value results[] = {ir::cast(*y, ir::DType::f64)};
  ir::return_(trial, results, {"y"});
  const ir::Tensor computed = ir::evaluate(trial, inputs).front();
  return {computed.as<double>().begin(), computed.as<double>().end()};
}

Points moved(Points points, std::size_t slot, double by) {
  for (std::vector<double>& point : points)
    point[slot] += by * std::max(1.0, std::abs(point[slot]));
  return points;
}

/// Differences at every point; not a number where the op has no value.
std::vector<double> derivatives(const Graph& graph, NodeId node, const Points& points,
                                std::size_t slot) {
  constexpr double step = 1e-5;
  const auto above = values_at(graph, node, moved(points, slot, step));
  const auto below = values_at(graph, node, moved(points, slot, -step));
  std::vector<double> out;
  for (std::size_t i = 0; i < above.size(); ++i)
    out.push_back((above[i] - below[i]) / (2 * step * std::max(1.0, std::abs(points[i][slot]))));
  return out;
}

double largest_size(std::span<const double> numbers) {
  double out = 0;
  for (const double number : numbers)
    if (!std::isnan(number)) out = std::max(out, std::abs(number));
  return out > bound ? std::numeric_limits<double>::infinity() : out;
}

Span span_of(std::span<const double> values) {
  Span out;
  if (std::ranges::any_of(values, [](double value) { return std::isnan(value); })) return out;
  const auto [low, high] = std::ranges::minmax(values);
  if (low > -bound) out.low = low;
  if (high < bound) out.high = high;
  out.at_rest = std::clamp(values[0], -bound, bound);
  return out;
}

}  // namespace

Slopes slopes_of(const Graph& graph, NodeId node, std::span<const Span> operands) {
  Slopes out;
  const Points points = points_within(operands);
  const std::vector<double> values = values_at(graph, node, points);
  if (!values.empty()) out.result = span_of(values);
  for (std::size_t slot = 0; slot < operands.size(); ++slot) {
    const bool is_real = is_float(graph[graph.operand(node, slot)].type.dtype);
    const std::vector<double> found =
        is_real ? derivatives(graph, node, points, slot) : std::vector<double>{0};
    out.most.push_back(found.empty() ? std::numeric_limits<double>::infinity()
                                     : largest_size(found));
    out.at_rest.push_back(found.empty() || std::isnan(found[0]) ? 0 : std::abs(found[0]));
  }
  return out;
}

}  // namespace gradc::passes
