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
///
/// A gradient may want more of a node than its results (a scan: what it computed on the way). It
/// appends the node again with more results, an extension, which takes the node's place at the end.
/// What is left of the gradients then is replaced in the next round: a sweep over the node and over
/// its extension would compute everything twice.
#include "passes/differentiate.h"

#include <algorithm>
#include <utility>

#include "ir/messages.h"
#include "ir/ops.h"
#include "ir/order.h"
#include "ir/scan.h"
#include "passes/rebuild.h"

namespace gradc::passes {

using ir::Differentiability;
using ir::Gradients;
using ir::Graph;
using ir::Message;
using ir::NodeId;
using ir::Value;

namespace {

/// One for each result of a node; an empty Value (or none) where no gradient has come so far.
using Adjoints = std::map<NodeId, Gradients>;

NodeId next(NodeId n) { return NodeId{static_cast<std::uint32_t>(n) + 1}; }

bool passes_gradient(const Graph& graph, NodeId node) {
  if (graph[node].op->differentiability == Differentiability::constant) return false;
  return std::ranges::any_of(result_types(graph, node),
                             [](const ir::Type& type) { return is_float(type.dtype); });
}

void add(Adjoints& adjoints, NodeId node, std::size_t result, Value contribution) {
  Gradients& sums = adjoints[node];
  if (sums.size() <= result) sums.resize(result + 1);
  Value& sum = sums[result];
  sum = sum ? sum + contribution : contribution;
}

/// Of a node with one result.
Value adjoint_of(const Adjoints& adjoints, NodeId node) {
  const auto found = adjoints.find(node);
  return found == adjoints.end() ? Value() : found->second.front();
}

/// One sweep: what it is for, and what it may use.
struct Sweep {
  std::span<const Value> wrt;
  NodeId first;  ///< nodes before it are leaves
  Extensions& extensions;
  Context& context;
};

Adjoints reverse_sweep(std::span<const Value> ys, std::span<const Value> dys, const Sweep& sweep);

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
Gradients gradients_of_definition(Value y, Value dy, const Sweep& sweep) {
  Graph& graph = y.graph();
  const NodeId first{static_cast<std::uint32_t>(graph.size())};
  const Value definition = y.node().op->expand(y);
  std::vector<Value> reals;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot)
    if (is_float(y.operand(slot).dtype())) reals.push_back(y.operand(slot));
  Adjoints adjoints = reverse_sweep(std::span(&definition, 1), std::span(&dy, 1),
                                    {reals, first, sweep.extensions, sweep.context});

  Gradients out;
  for (std::size_t slot = 0; slot < y.operand_count(); ++slot) {
    out.push_back(adjoint_of(adjoints, y.operand(slot).id()));
    adjoints.erase(y.operand(slot).id());  // one adjoint for all uses of an operand
  }
  return out;
}

/// The adjoints so far of what the body of `y` sees whole. They are taken out of `adjoints`: the
/// sums over the steps go on from them.
Gradients taken_sums(Value y, Adjoints& adjoints) {
  const ir::Scan scan = scan_of(y.attributes());
  Gradients out(y.operand_count());
  for (std::size_t slot = scan.scanned + scan.carried; slot < out.size(); ++slot) {
    const auto found = adjoints.find(y.operand(slot).id());
    if (found != adjoints.end()) out[slot] = std::exchange(found->second.front(), Value());
  }
  return out;
}

Gradients gradients_by_body(Value y, Gradients dys, const std::set<NodeId>& active,
                            Adjoints& adjoints, const Sweep& sweep) {
  dys.resize(result_types(y.graph(), y.id()).size());
  std::vector<bool> wanted;
  for (const ir::Use& use : y.graph().operands(y.id())) wanted.push_back(active.contains(use.def));
  return gradients_of_scan(y, dys, wanted, taken_sums(y, adjoints), sweep.extensions,
                           sweep.context);
}

/// What the adjoints `dys` of the results of `y` contribute to the adjoint of each operand.
Gradients contributions(Value y, const Gradients& dys, const std::set<NodeId>& active,
                        Adjoints& adjoints, const Sweep& sweep) {
  const ir::Op& op = *y.node().op;
  y.graph().location = y.node().location;
  if (op.differentiability == Differentiability::by_body)
    return gradients_by_body(y, dys, active, adjoints, sweep);
  if (op.differentiability == Differentiability::by_rule) {
    if (op.gradient) return op.gradient(y, dys.front());
    if (op.expand) return gradients_of_definition(y, dys.front(), sweep);
  }
  report_not_differentiable(y.graph(), y.id(), sweep.wrt, sweep.context);
  return {};
}

/// Nodes of one op on the same operand, with their adjoints.
struct Readers {
  std::vector<Value> ys, dys;
};
using JointReaders = std::map<NodeId, Readers>;  ///< by operand

/// True if the gradient of `y` is left to be computed with that of others.
bool joins(Value y, const Value& dy, Adjoints& adjoints, JointReaders& joint) {
  if (!y.node().op->joint_gradient) return false;
  Readers& readers = joint[y.operand(0).id()];
  if (!readers.ys.empty() && readers.ys[0].node().op != y.node().op) return false;
  readers.ys.push_back(y);
  readers.dys.push_back(dy);
  adjoints.try_emplace(y.operand(0).id(), Gradients(1));
  return true;
}

void add_joint_gradient(NodeId node, const JointReaders& joint, Adjoints& adjoints) {
  const auto found = joint.find(node);
  if (found == joint.end()) return;
  const auto& [ys, dys] = found->second;
  ys[0].graph().location = ys[0].node().location;
  add(adjoints, node, 0, ys[0].node().op->joint_gradient(ys, dys));
}

/// Adjoints of what the sweep is for (and of what lies between), where a gradient flows.
Adjoints reverse_sweep(std::span<const Value> ys, std::span<const Value> dys, const Sweep& sweep) {
  if (ys.empty()) return {};
  Graph& graph = ys.front().graph();
  const NodeId last = std::ranges::max(ys, {}, &Value::id).id();
  const std::set<NodeId> active = active_nodes(graph, sweep.wrt, sweep.first, last);
  Adjoints adjoints;
  for (std::size_t i = 0; i < ys.size(); ++i)
    if (active.contains(ys[i].id())) add(adjoints, ys[i].id(), 0, dys[i]);

  JointReaders joint;
  // Contributions go to smaller ids only, so a node's adjoint is complete when the sweep gets
  // there.
  for (auto entry = adjoints.end(); entry != adjoints.begin();) {
    --entry;
    add_joint_gradient(entry->first, joint, adjoints);
    const auto [node, of_results] = *entry;
    if (node < sweep.first || graph.operands(node).empty()) continue;
    if (graph[node].op == &ir::op::result) {
      const auto number = graph[node].attributes.get<std::int64_t>("index");
      const NodeId def = graph.operand(node, 0);
      if (active.contains(def))
        add(adjoints, def, static_cast<std::size_t>(number), of_results.front());
      continue;
    }
    const bool is_leaf = !active.contains(graph.operand(node, 0));
    if (!is_leaf && joins({graph, node}, of_results.front(), adjoints, joint)) continue;
    const Gradients gradients = contributions({graph, node}, of_results, active, adjoints, sweep);
    for (std::uint32_t slot = 0; slot < gradients.size(); ++slot) {
      const NodeId def = graph.operand(node, slot);
      if (!gradients[slot] || !active.contains(def)) continue;
      assert(gradients[slot].type() == graph[def].type && "a gradient has the type of its operand");
      add(adjoints, def, 0, gradients[slot]);
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

bool has_gradients(const Graph& graph) {
  return std::ranges::any_of(nodes(graph),
                             [&](NodeId n) { return graph[n].op == &ir::op::gradient; });
}

/// Replaces gradients, up to the first loss whose sweep extends nodes.
Graph differentiate_once(const Graph& graph, Context& context) {
  const ir::NodeSet live = live_nodes(graph);
  std::map<NodeId, Adjoints> sweeps;  // by loss
  Extensions extensions;
  Graph out = visit_live_nodes(graph, [&](Rebuild& out, NodeId node) {
    if (graph[node].op != &ir::op::gradient)
      return out.copy(node, out.pass_bodies(node, differentiate, context));

    const NodeId loss = graph.operand(node, 0);
    const Value of = out[graph.operand(node, 1)];
    if (!sweeps.contains(loss)) {
      if (!extensions.empty()) return out.copy(node);
      std::vector<Value> wrt;
      for (const NodeId asked : asked_of(graph, loss, live)) wrt.push_back(out[asked]);
      const Value y = out[loss], dy = splat(y, 1);
      sweeps[loss] =
          reverse_sweep(std::span(&y, 1), std::span(&dy, 1), {wrt, NodeId{0}, extensions, context});
      out.graph().location = graph[node].location;
    }
    const Value adjoint = adjoint_of(sweeps[loss], of.id());
    return adjoint ? adjoint : splat(of, 0);
  });
  return extensions.empty() ? without_dead_nodes(std::move(out)) : extended(out, extensions);
}

}  // namespace

std::set<NodeId> active_nodes(const Graph& graph, std::span<const Value> wrt, NodeId first,
                              NodeId last) {
  std::set<NodeId> active;
  for (const Value& w : wrt) active.insert(w.id());
  const auto is_active = [&](const ir::Use& use) { return active.contains(use.def); };
  for (NodeId n = first; n <= last; n = next(n))
    if (std::ranges::any_of(graph.operands(n), is_active) && passes_gradient(graph, n))
      active.insert(n);
  return active;
}

Gradients adjoints_of(std::span<const Value> wrt, std::span<const Value> ys,
                      std::span<const Value> dys, Extensions& extensions, Context& context) {
  const Adjoints adjoints = reverse_sweep(ys, dys, {wrt, NodeId{0}, extensions, context});
  Gradients out;
  for (const Value& w : wrt) out.push_back(adjoint_of(adjoints, w.id()));
  return out;
}

Graph extended(const Graph& graph, const Extensions& extensions) {
  const ir::NodeSet live = live_nodes(graph);
  std::map<NodeId, Value> moved;  // extensions, where they are now
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    if (const auto found = moved.find(node); found != moved.end()) return found->second;
    const auto extension = extensions.find(node);
    if (extension == extensions.end() || !live.contains(extension->second)) return out.copy(node);
    const Value more = out.copy(extension->second);
    moved[extension->second] = more;
    // Who reads the only result of a node does not say which.
    return result_types(graph, node).size() == 1 ? result(more, 0) : more;
  });
}

Graph differentiate(const Graph& graph, Context& context) {
  Graph out = differentiate_once(graph, context);
  while (has_gradients(out)) out = differentiate_once(out, context);
  return out;
}

}  // namespace gradc::passes
