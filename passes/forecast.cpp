#include "passes/forecast.h"

#include <cmath>

#include "ir/messages.h"
#include "ir/ops.h"
#include "passes/initial_size.h"
#include "passes/own_copies.h"
#include "passes/step_gain.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::Message;
using ir::NodeId;

namespace {

/// How much of a gradient must be left, and how much more of it may come, after all steps.
constexpr double too_little = 1e-6, too_much = 1e6;

/// The parameter that a value is, seen through data movement.
std::optional<std::string> parameter_behind(const Graph& graph, NodeId node) {
  while (graph[node].op != &op::input) {
    const bool is_moved = graph[node].op == &op::reshape || is_data_movement(graph, node);
    if (!is_moved || graph.operands(node).empty()) return std::nullopt;
    node = graph.operand(node, 0);
  }
  if (storage_of(graph, node) != ir::StorageClass::param) return std::nullopt;
  return graph[node].name;
}

void add_notes(ir::Diagnostics::Report& report, const StepGain& gain, const std::string& cures) {
  for (const Weight& weight : gain.weights)
    if (weight.radius)
      report.note(
          fmt::format("`{}` starts with a spectral radius of {:.2g}", weight.name, *weight.radius));
  report.note(cures);
}

void judge(const ir::Program& program, const Graph& graph, NodeId node,
           ir::Diagnostics& diagnostics) {
  const auto size_of = [&](std::size_t operand) -> std::optional<Size> {
    const auto name = parameter_behind(graph, graph.operand(node, operand));
    if (!name) return std::nullopt;
    return Size{*name, initial_size(program, *name)};
  };
  const auto gain = step_gain(graph[node], size_of);
  if (!gain) return;
  const std::int64_t steps = scan_of(graph[node].attributes).steps;
  const double least = std::pow(gain->most, static_cast<double>(steps));
  const double likely = std::pow(gain->at_rest, static_cast<double>(steps));
  if (least < too_little) {
    auto report =
        diagnostics.report(gain->location, Message::gradient_vanishes, gain->most, steps, least);
    add_notes(report, *gain,
              "what helps: an orthogonal initialiser with tanh or relu, gates (LSTM, GRU), or a "
              "residual connection, h[t] = h[t-1] + ...");
  } else if (likely > too_much) {
    auto report = diagnostics.report(gain->location, Message::gradient_explodes, gain->at_rest,
                                     steps, likely);
    add_notes(report, *gain,
              "what helps: an orthogonal initialiser, or gates (LSTM, GRU); `clip_norm` keeps the "
              "training alive");
  }
}

}  // namespace

void forecast_gradients(const ir::Program& program, ir::Diagnostics& diagnostics) {
  for (const ir::Entry& entry : program.entries) {
    if (entry.kind != ir::EntryKind::step) continue;
    for (const NodeId node : nodes(entry.graph))
      if (entry.graph[node].op == &op::scan) judge(program, entry.graph, node, diagnostics);
  }
}

}  // namespace gradc::passes
