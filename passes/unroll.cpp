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
#include <map>

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

/// The recurrence in the form that was asked for.
Values unrolled(Graph& graph, const Recurrence& recurrence, const Unroll& options) {
  const bool is_loop =
      options.mode == Unroll::Mode::by_factor && options.factor < recurrence.scan.steps;
  if (!is_loop) return written_out(graph, recurrence);
  return in_segments(graph, recurrence, options.factor, written_out);
}

/// Of the body.
std::int64_t copies(const Scan& scan, const Unroll& options) {
  if (options.mode != Unroll::Mode::by_factor) return scan.steps;
  return std::min(scan.steps, options.factor);
}

bool leaves_loops(const Unroll& options) {
  return options.mode == Unroll::Mode::none ||
         (options.mode == Unroll::Mode::by_factor && options.factor == 1);
}

}  // namespace

Graph unroll(const Graph& graph, Context& context) {
  if (leaves_loops(context.unroll)) return without_dead_nodes(graph);
  std::map<NodeId, Values> results;  // of the scans
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    if (graph[node].op == &op::scan) {
      Values operands;
      for (const ir::Use& use : graph.operands(node)) operands.push_back(out[use.def]);
      const Scan scan = scan_of(graph[node].attributes);
      const std::int64_t size = static_cast<std::int64_t>(graph[node].bodies.front().size());
      const std::int64_t count = copies(scan, context.unroll);
      if (count > most_nodes / size) {
        context.diagnostics.report(graph[node].location, ir::Message::too_long_to_unroll, count,
                                   size, most_nodes);
        return out.copy(node);
      }
      ir::Node inner{.op = graph[node].op, .attributes = graph[node].attributes};
      inner.bodies = out.pass_bodies(node, unroll, context);
      results[node] =
          unrolled(out.graph(), recurrence_of(inner, std::move(operands)), context.unroll);
      return results[node].front();
    }
    const bool reads_scan =
        graph[node].op == &op::result && results.contains(graph.operand(node, 0));
    if (!reads_scan) return out.copy(node, out.pass_bodies(node, unroll, context));
    const auto index = graph[node].attributes.get<std::int64_t>("index");
    return results.at(graph.operand(node, 0))[static_cast<std::size_t>(index)];
  });
}

}  // namespace gradc::passes
