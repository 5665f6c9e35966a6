/// Replace every `gradient(loss, w)` by the reverse sweep that computes it.
///
///   y = mul(x, w)                    y  = mul(x, w)
///   l = sum(y) {axes = [0]}    →     l  = sum(y) {axes = [0]}
///   g = gradient(l, w)               dy = broadcast(1.0)
///                                    g  = mul(dy, x)
///
/// All gradients of one loss share a sweep, which enters only nodes that lie between the loss and
/// what is asked for. A gradient of a gradient needs nothing special: the inner one has the smaller
/// id and is replaced first.
#include <algorithm>
#include <map>
#include <set>

#include "ir/messages.h"
#include "ir/ops.h"
#include "ir/order.h"
#include "passes/rebuild.h"

namespace gradc::passes {

using ir::Differentiability;
using ir::Gradients;
using ir::Graph;
using ir::Message;
using ir::NodeId;
using ir::Value;

namespace {

using Adjoints = std::map<NodeId, Value>;

NodeId next(NodeId n) { return NodeId{static_cast<std::uint32_t>(n) + 1}; }

bool passes_gradient(const ir::Node& node) {
  return node.op->differentiability != Differentiability::constant && is_float(node.type.dtype);
}

/// `wrt`, and the nodes from `first` to `last` whose value changes smoothly with one of them.
std::set<NodeId> active_nodes(const Graph& graph, std::span<const Value> wrt, NodeId first,
                              NodeId last) {
  std::set<NodeId> active;
  for (const Value& w : wrt) active.insert(w.id());
  const auto is_active = [&](const ir::Use& use) { return active.contains(use.def); };
  for (NodeId n = first; n <= last; n = next(n))
    if (passes_gradient(graph[n]) && std::ranges::any_of(graph.operands(n), is_active))
      active.insert(n);
  return active;
}

Adjoints reverse_sweep(Value y, Value dy, std::span<const Value> wrt, NodeId first,
                       Context& context);

/// The user asked for a gradient that runs into an op that has none.
void report_not_differentiable(const Graph& graph, NodeId node, std::span<const Value> wrt,
                               Context& context) {
  const ir::NodeSet above = reaching(graph, node);
  const auto blocked =
      std::ranges::find_if(wrt, [&](const Value& w) { return above.contains(w.id()); });
  assert(blocked != wrt.end() && "a sweep enters only nodes that depend on what is asked for");
  context.diagnostics
      .report(graph[node].location, Message::not_differentiable, graph[node].op->name)
      .note(blocked->node().location,
            fmt::format("the gradient with respect to `{}` is asked for", blocked->node().name));
}

/// Gradients of a composite op without a rule: those of its definition.
Gradients gradients_of_definition(Value y, Value dy, Context& context) {
  Graph& graph = y.graph();
  const NodeId first{static_cast<std::uint32_t>(graph.size())};
  const Value definition = y.node().op->expand(y);
  std::vector<Value> reals;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot)
    if (is_float(y.operand(slot).dtype())) reals.push_back(y.operand(slot));
  Adjoints adjoints = reverse_sweep(definition, dy, reals, first, context);

  Gradients out;
  for (std::size_t slot = 0; slot < y.operand_count();
       ++slot)  // one adjoint for all uses of an operand
    out.push_back(std::exchange(adjoints[y.operand(slot).id()], Value()));
  return out;
}

/// What `dy` contributes to the adjoint of each operand of `y`.
Gradients contributions(Value y, Value dy, std::span<const Value> wrt, Context& context) {
  const ir::Op& op = *y.node().op;
  y.graph().location = y.node().location;
  if (op.differentiability == Differentiability::by_rule) {
    if (op.gradient) return op.gradient(y, dy);
    if (op.expand) return gradients_of_definition(y, dy, context);
  }
  report_not_differentiable(y.graph(), y.id(), wrt, context);
  return {};
}

/// Adjoints of `wrt` (and of what lies between), where a gradient flows. Nodes before `first` are
/// leaves.
Adjoints reverse_sweep(Value y, Value dy, std::span<const Value> wrt, NodeId first,
                       Context& context) {
  Graph& graph = y.graph();
  const std::set<NodeId> active = active_nodes(graph, wrt, first, y.id());
  Adjoints adjoints;
  if (active.contains(y.id())) adjoints[y.id()] = dy;

  // Contributions go to smaller ids only, so a node's adjoint is complete when the sweep gets
  // there.
  for (auto entry = adjoints.end(); entry != adjoints.begin();) {
    --entry;
    const auto [node, adjoint] = *entry;
    if (node < first || graph.operands(node).empty()) continue;
    const Gradients gradients = contributions({graph, node}, adjoint, wrt, context);
    for (std::uint32_t slot = 0; slot < gradients.size(); ++slot) {
      const NodeId def = graph.operand(node, slot);
      if (!gradients[slot] || !active.contains(def)) continue;
      assert(gradients[slot].type() == graph[def].type && "a gradient has the type of its operand");
      Value& sum = adjoints[def];
      sum = sum ? sum + gradients[slot] : gradients[slot];
    }
  }
  return adjoints;
}

/// What the gradients of `loss` are asked for, of which the sweep can know: what comes later does
/// not reach the loss.
std::vector<NodeId> asked_of(const Graph& graph, NodeId loss, const ir::NodeSet& live) {
  std::vector<NodeId> out;
  for (const ir::Use& use : graph.uses(loss)) {
    const bool is_asked =
        graph[use.user].op == &ir::op::gradient && use.slot == 0 && live.contains(use.user);
    if (is_asked && graph.operand(use.user, 1) <= loss) out.push_back(graph.operand(use.user, 1));
  }
  return out;
}

}  // namespace

Graph differentiate(const Graph& graph, Context& context) {
  const ir::NodeSet live = live_nodes(graph);
  std::map<NodeId, Adjoints> sweeps;  // by loss
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    if (graph[node].op != &ir::op::gradient)
      return out.copy(node, out.pass_bodies(node, differentiate, context));

    const NodeId loss = graph.operand(node, 0);
    const Value of = out[graph.operand(node, 1)];
    const auto [sweep, is_new] = sweeps.try_emplace(loss);
    if (is_new) {
      std::vector<Value> wrt;
      for (const NodeId asked : asked_of(graph, loss, live)) wrt.push_back(out[asked]);
      sweep->second = reverse_sweep(out[loss], splat(out[loss], 1), wrt, NodeId{0}, context);
      out.graph().location = graph[node].location;
    }
    const auto adjoint = sweep->second.find(of.id());
    return adjoint != sweep->second.end() ? adjoint->second : splat(of, 0);
  });
}

}  // namespace gradc::passes
