/// Cut scans under a gradient into segments, which the gradient computes anew.
///
///   h = scan(x, h0) {steps = 6} {        x' = reshape(x) : [2, 3, …]
///     graph (x, h) {                     h  = scan(x', h0) {segments = true, steps = 2} {
///       y = tanh(x + h)             →      graph (x, h) {
///       return h = y                         y = scan(x, h) {steps = 3} { … }
///     }                                      return h = y
///   }                                      }
///                                        }
///
/// What the gradient needs of each step is then in memory for the steps of one segment only; for
/// the others it is what they carry into the next segment. That is paid with one more computation
/// of every step, which gives the same bits. So does the gradient, as long as nobody regroups its
/// sums: `hoist` adds up what weights get segment by segment, not over all steps at once.
#include <cmath>
#include <cstdlib>
#include <set>

#include "ir/ops.h"
#include "ir/order.h"
#include "passes/rebuild.h"
#include "passes/segments.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Value;
using Values = std::vector<Value>;

namespace {

/// The nodes between a loss and what its gradient is asked for.
ir::NodeSet under_gradients(const Graph& graph) {
  std::set<NodeId> losses, asked;
  for (const NodeId node : nodes(graph)) {
    if (graph[node].op != &op::gradient) continue;
    losses.insert(graph.operand(node, 0));
    asked.insert(graph.operand(node, 1));
  }
  ir::NodeSet matter(graph);
  for (const NodeId loss : losses) {
    const ir::NodeSet reaching_it = reaching(graph, loss);
    for (const NodeId node : nodes(graph))
      if (reaching_it.contains(node)) matter.insert(node);
  }
  return matter & reachable_from(graph, std::vector(asked.begin(), asked.end()));
}

/// About as many steps as there are segments, because that is what is in memory at a time. If one
/// of the numbers within a factor of two divides the steps, the best of those: what is left over
/// would be a loop of its own.
std::int64_t balanced(std::int64_t steps) {
  const auto imbalance = [&](std::int64_t size) { return std::abs(size - steps / size); };
  std::int64_t best = 0;
  for (std::int64_t size = 2; size * size <= 4 * steps; ++size) {
    if (steps % size != 0 || 4 * size * size < steps) continue;
    if (best == 0 || imbalance(size) < imbalance(best)) best = size;
  }
  return best > 0 ? best : std::llround(std::sqrt(static_cast<double>(steps)));
}

/// The steps of a segment; 0: the scan is not cut.
std::int64_t segment_size(std::int64_t steps, const Checkpoint& options) {
  std::int64_t size = 0;
  if (options.mode == Checkpoint::Mode::automatic) size = balanced(steps);
  if (options.mode == Checkpoint::Mode::every) size = options.steps;
  return size > 1 && size < steps ? size : 0;
}

/// Loops inside a step stay as they are.
Graph keep_body(const Graph& body, Context&) { return body; }

}  // namespace

Graph checkpoint(const Graph& graph, Context& context) {
  if (context.checkpoint.mode == Checkpoint::Mode::none) return without_dead_nodes(graph);
  const ir::NodeSet differentiated = under_gradients(graph);
  return rebuild_results(
      graph, keep_body, context, [&](Rebuild& out, NodeId node) -> std::optional<Values> {
        if (graph[node].op != &op::scan || !differentiated.contains(node)) return std::nullopt;
        Values operands;
        for (const ir::Use& use : graph.operands(node)) operands.push_back(out[use.def]);
        Recurrence recurrence = recurrence_of(graph[node], std::move(operands));
        const std::int64_t size = segment_size(recurrence.scan.steps, context.checkpoint);
        if (size == 0 || recurrence.scan.is_segments) return std::nullopt;
        recurrence.scan.is_segments = true;
        return in_segments(out.graph(), recurrence, size, as_scan);
      });
}

}  // namespace gradc::passes
