#include "passes/rebuild.h"

#include <map>
#include <utility>

#include "ir/op.h"
#include "ir/ops.h"
#include "ir/order.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

bool has_dead_nodes(const Graph& graph) {
  const ir::NodeSet live = live_nodes(graph);
  for (const NodeId node : nodes(graph))
    if (!live.contains(node)) return true;
  return false;
}

}  // namespace

Rebuild::Rebuild(const Graph& from) : from_(from), became_(from), is_named_(from) {
  to_.name = from.name;
}

Value Rebuild::copy(NodeId node) { return copy(node, from_[node].bodies); }

Value Rebuild::copy(NodeId node, std::vector<Graph> bodies) {
  std::vector<NodeId> operands;
  for (const ir::Use& use : from_.operands(node)) operands.push_back(became_[use.def]);
  return copy_onto(node, operands, std::move(bodies));
}

Value Rebuild::copy_onto(NodeId node, std::span<const NodeId> operands, std::vector<Graph> bodies) {
  const ir::Node& old = from_[node];
  // An input is its name; any other name is given by define(), when it is clear which node keeps
  // the value.
  const bool keeps_name = old.op == &ir::op::input;
  return {to_, to_.append({.op = old.op,
                           .attributes = old.attributes,
                           .type = old.type,
                           .location = old.location,
                           .name = keeps_name ? old.name : std::string(),
                           .bodies = std::move(bodies)},
                          operands)};
}

std::vector<Graph> Rebuild::pass_bodies(NodeId node, PassFunction pass, Context& context) const {
  // The body of a fused node is a kernel already: what changes it could make it two.
  if (from_[node].op == &ir::op::fused) return from_[node].bodies;
  std::vector<Graph> out;
  for (const Graph& body : from_[node].bodies) out.push_back(pass(body, context));
  return out;
}

void Rebuild::define(NodeId node, Value value) {
  assert(value.type() == from_[node].type && "a node becomes a value of the same type");
  became_[node] = value.id();
  if (!value.node().name.empty() || is_named_[node]) return;
  is_named_[node] = true;
  to_.set_name(value.id(), from_[node].name);
}

ir::NodeSet live_nodes(const Graph& graph) {
  ir::NodeSet live = reaching(graph, return_node(graph));
  for (const NodeId input : inputs(graph))
    if (storage_of(graph, input) == ir::StorageClass::input) live.insert(input);
  return live;
}

Graph visit_live_nodes(const Graph& graph, const Visit& visit) {
  const ir::NodeSet live = live_nodes(graph);
  Rebuild out(graph);
  for (const NodeId node : nodes(graph)) {
    if (!live.contains(node)) continue;
    out.graph().location = graph[node].location;
    out.define(node, visit(out, node));
  }
  return out.finish();
}

Graph without_dead_nodes(Graph graph) {
  if (!has_dead_nodes(graph)) return graph;
  return visit_live_nodes(graph, [](Rebuild& copy, NodeId node) { return copy.copy(node); });
}

Graph rebuild(const Graph& graph, const Visit& visit) {
  return without_dead_nodes(visit_live_nodes(graph, visit));
}

Graph rebuild_results(const Graph& graph, PassFunction pass, Context& context,
                      const Replace& replace) {
  std::map<NodeId, std::vector<Value>> results;
  return rebuild(graph, [&](Rebuild& out, NodeId node) -> Value {
    const ir::Node& old = graph[node];
    const bool reads_replaced =
        old.op == &ir::op::result && results.contains(graph.operand(node, 0));
    if (reads_replaced) {
      const auto index = old.attributes.get<std::int64_t>("index");
      return results.at(graph.operand(node, 0))[static_cast<std::size_t>(index)];
    }
    auto values = replace(out, node);
    if (!values) return out.copy(node, out.pass_bodies(node, pass, context));
    results[node] = std::move(*values);
    const Value first = results[node].front();
    if (result_types(graph, node).size() == 1) return first;
    // A node of several results is read through them. It keeps its name if it has the same first
    // one; otherwise nobody asks what it is.
    const bool is_same =
        first && first.node().op == &ir::op::result && first.operand(0).type() == old.type;
    return is_same ? first.operand(0) : splat(out.graph(), old.type, 0);
  });
}

}  // namespace gradc::passes
