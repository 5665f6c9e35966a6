/// Replace every scan by as many copies of its body as it has steps.
///
///   h = scan(x, h0) {carried = 1, scanned = 1, steps = 2} {       x0 = slice(x) {first step}
///     graph (x, h) {                                              h1 = tanh(x0 + h0)
///       y = tanh(x + h)                                     →     x1 = slice(x) {second step}
///       return h = y                                              h  = tanh(x1 + h1)
///     }
///   }
///
/// What the gradient sees is then the flat graph of back-propagation through time.
/// `--unroll=N` leaves a scan over segments of N steps, which are written out in its body.
#include <algorithm>

#include "ir/messages.h"
#include "ir/ops.h"
#include "passes/rebuild.h"
#include "passes/segments.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Scan;
using ir::Value;

namespace {

using Values = std::vector<Value>;

/// More nodes than any machine compiles in an hour.
constexpr std::int64_t most_nodes = 20'000'000;

/// Element `step` along the first axis.
Value step_of(Value sequence, std::int64_t step) {
  ir::Shape sizes = sequence.shape();
  std::vector<std::int64_t> starts(sizes.size(), 0);
  const std::vector<std::int64_t> steps(sizes.size(), 1);
  starts[0] = step;
  sizes[0] = 1;
  const ir::Shape element(sizes.begin() + 1, sizes.end());
  return reshape(slice(sequence, starts, sizes, steps), element);
}

/// All steps along a new first axis: a value of that type.
Value stacked(Graph& graph, const Values& steps, const ir::Type& type) {
  if (steps.empty()) return splat(graph, type, 0);
  ir::Shape shape = steps[0].shape();
  shape.insert(shape.begin(), 1);
  Values parts;
  for (const Value& step : steps) parts.push_back(reshape(step, shape));
  return concat(parts, 0);
}

/// The results of `body` for these inputs, computed in `graph`.
Values inlined(Graph& graph, const Graph& body, const Values& inputs) {
  ir::NodeMap<NodeId> became(body);
  std::size_t next_input = 0;
  for (const NodeId node : nodes(body)) {
    if (body[node].op == &op::return_) break;
    if (body[node].op == &op::input) {
      became[node] = inputs[next_input++].id();
      continue;
    }
    std::vector<NodeId> operands;
    for (const ir::Use& use : body.operands(node)) operands.push_back(became[use.def]);
    ir::Node copy = body[node];
    copy.name.clear();  // the name is that of all steps
    became[node] = graph.append(std::move(copy), operands);
  }
  Values out;
  for (const ir::Use& use : body.operands(return_node(body)))
    out.emplace_back(graph, became[use.def]);
  return out;
}

/// Every step, one after the other.
Values written_out(Graph& graph, const Recurrence& recurrence) {
  const auto& [scan, body, operands] = recurrence;
  const auto first_carried = operands.begin() + static_cast<std::ptrdiff_t>(scan.scanned);
  const auto first_whole = first_carried + static_cast<std::ptrdiff_t>(scan.carried);
  Values carried(first_carried, first_whole);
  std::vector<Values> outputs(body.operands(return_node(body)).size() - scan.carried);

  for (std::int64_t i = 0; i < scan.steps; ++i) {
    const std::int64_t step = scan.is_reverse ? scan.steps - 1 - i : i;
    Values inputs;
    for (std::size_t slot = 0; slot < scan.scanned; ++slot)
      inputs.push_back(step_of(operands[slot], step));
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    inputs.insert(inputs.end(), first_whole, operands.end());
    Values results = inlined(graph, body, inputs);
    for (std::size_t number = 0; number < outputs.size(); ++number)
      outputs[number].push_back(results[scan.carried + number]);
    results.resize(scan.carried);
    carried = std::move(results);
  }
  const std::vector<ir::Type> types = stacked_types(scan, body);
  for (std::size_t number = 0; number < outputs.size(); ++number) {
    if (scan.is_reverse) std::ranges::reverse(outputs[number]);
    carried.push_back(stacked(graph, outputs[number], types[number]));
  }
  return carried;
}

/// Nodes of all steps that are not worth a loop. Training steps of 8 units, measured: a tanh
/// network (5 nodes) is a fifth faster written out; an LSTM (21 nodes) is as fast in 2 steps, and
/// from 3 steps on the loop is faster, whose gradients of weights are one product.
constexpr std::int64_t few_nodes = 48;

/// How many steps at a time are written out; nothing: the scan stays as it is.
std::optional<std::int64_t> steps_at_a_time(const Scan& scan, std::int64_t nodes,
                                            const Unroll& options) {
  const std::optional<std::int64_t> all = scan.steps, none;
  switch (options.mode) {
    case Unroll::Mode::none:
      return none;
    case Unroll::Mode::full:
      return all;
    case Unroll::Mode::automatic:
      return scan.steps <= few_nodes / nodes ? all : none;
    case Unroll::Mode::by_factor:
      if (options.factor >= scan.steps) return all;
      return options.factor > 1 ? options.factor : none;
  }
  return all;
}

/// Nodes that compute, in inner loops too.
std::int64_t computing_nodes(const Graph& body) {
  std::int64_t out = 0;
  for (const NodeId node : nodes(body)) {
    out += body[node].op != &op::input && body[node].op != &op::return_;
    for (const Graph& inner : body[node].bodies) out += computing_nodes(inner);
  }
  return std::max<std::int64_t>(out, 1);
}

void remark(const ir::Node& node, std::int64_t nodes, bool is_loop, Context& context) {
  const bool was_chosen = context.unroll.mode == Unroll::Mode::automatic;
  if (!was_chosen) return;
  const std::int64_t steps = scan_of(node.attributes).steps;
  if (is_loop)
    context.diagnostics.report(node.location, ir::Message::loop_stays, steps, nodes, steps * nodes,
                               few_nodes);
  else
    context.diagnostics.report(node.location, ir::Message::loop_written_out, steps, nodes);
}

/// The results of a scan in the form that suits it, on these operands.
Values in_chosen_form(Graph& graph, const ir::Node& node, Values operands, Context& context) {
  const Recurrence recurrence = recurrence_of(node, std::move(operands));
  const std::int64_t steps = recurrence.scan.steps;
  const std::int64_t nodes = computing_nodes(recurrence.body);
  const auto count = steps_at_a_time(recurrence.scan, nodes, context.unroll);
  remark(node, nodes, !count, context);
  if (!count) return as_scan(graph, recurrence);
  if (*count > most_nodes / nodes) {
    context.diagnostics.report(node.location, ir::Message::too_long_to_unroll, *count, nodes,
                               most_nodes);
    return as_scan(graph, recurrence);
  }
  return count == steps ? written_out(graph, recurrence)
                        : in_segments(graph, recurrence, *count, written_out);
}

}  // namespace

Graph unroll(const Graph& graph, Context& context) {
  return rebuild_results(graph, unroll, context,
                         [&](Rebuild& out, NodeId node) -> std::optional<Values> {
                           if (graph[node].op != &op::scan) return std::nullopt;
                           ir::Node scan{.op = graph[node].op,
                                         .attributes = graph[node].attributes,
                                         .location = graph[node].location,
                                         .bodies = out.pass_bodies(node, unroll, context)};
                           Values operands;
                           for (const ir::Use& use : graph.operands(node))
                             operands.push_back(out[use.def]);
                           return in_chosen_form(out.graph(), scan, std::move(operands), context);
                         });
}

}  // namespace gradc::passes
