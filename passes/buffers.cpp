#include "passes/buffers.h"

#include <algorithm>
#include <set>

#include "ir/ops.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::Node;
using ir::NodeId;

bool is_kernel(const Node& node) {
  constexpr const ir::Op* places[] = {&op::input, &op::constant, &op::reshape, &op::result,
                                      &op::return_};
  return std::ranges::find(places, node.op) == std::end(places);
}

NodeId buffer_of(const Graph& graph, NodeId value) {
  while (graph[value].op == &op::reshape) value = graph.operand(value, 0);
  return value;
}

std::optional<NodeId> writer_of(const Graph& graph, NodeId buffer) {
  if (graph[buffer].op == &op::result) return graph.operand(buffer, 0);
  return is_kernel(graph[buffer]) ? std::optional(buffer) : std::nullopt;
}

std::vector<NodeId> buffers_written(const Graph& graph, NodeId kernel) {
  std::vector<NodeId> out;
  for (const ir::Use& use : graph.uses(kernel))
    if (graph[use.user].op == &op::result) out.push_back(use.user);
  if (out.empty()) out.push_back(kernel);
  return out;
}

std::vector<NodeId> buffers_read(const Graph& graph, NodeId kernel) {
  std::set<NodeId> out;
  for (const ir::Use& use : graph.operands(kernel)) out.insert(buffer_of(graph, use.def));
  return {out.begin(), out.end()};
}

ir::NodeMap<std::vector<NodeId>> readers_of(const Graph& graph) {
  ir::NodeMap<std::vector<NodeId>> out(graph);
  for (const NodeId node : nodes(graph)) {
    if (!is_kernel(graph[node])) continue;
    for (const NodeId buffer : buffers_read(graph, node)) out[buffer].push_back(node);
  }
  return out;
}

std::vector<Outcome> outcomes(const Graph& graph) {
  std::vector<Outcome> out;
  std::int64_t output = 0;
  const std::vector<ir::ResultName> names = result_names(graph);
  for (const ir::Use& use : graph.operands(return_node(graph))) {
    const ir::ResultName& name = names[use.slot];
    const NodeId buffer = buffer_of(graph, use.def);
    if (name.commits)
      out.push_back({buffer, true, name.name});
    else
      out.push_back({buffer, false, {}, output++});
  }
  return out;
}

std::optional<NodeId> find_slot(const Graph& graph, const std::string& slot) {
  for (const NodeId node : inputs(graph))
    if (storage_of(graph, node) != ir::StorageClass::input && graph[node].name == slot) return node;
  return std::nullopt;
}

}  // namespace gradc::passes
