#include "passes/buffers.h"

#include <algorithm>
#include <set>

#include "ir/op.h"
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

namespace {

std::int64_t number_of(const Node& result) { return result.attributes.get<std::int64_t>("index"); }

/// The first `result` node that reads the same as this one.
NodeId first_reader(const Graph& graph, NodeId result) {
  for (const ir::Use& use : graph.uses(graph.operand(result, 0)))
    if (number_of(graph[use.user]) == number_of(graph[result])) return use.user;
  return result;
}

}  // namespace

NodeId buffer_of(const Graph& graph, NodeId value) {
  while (graph[value].op == &op::reshape) value = graph.operand(value, 0);
  return graph[value].op == &op::result ? first_reader(graph, value) : value;
}

std::optional<NodeId> writer_of(const Graph& graph, NodeId buffer) {
  if (graph[buffer].op == &op::result) return graph.operand(buffer, 0);
  return is_kernel(graph[buffer]) ? std::optional(buffer) : std::nullopt;
}

std::vector<std::optional<NodeId>> result_buffers(const Graph& graph, NodeId kernel) {
  std::vector<std::optional<NodeId>> out(result_types(graph, kernel).size());
  for (const ir::Use& use : graph.uses(kernel)) {
    if (graph[use.user].op != &op::result) return {kernel};
    auto& first = out[static_cast<std::size_t>(number_of(graph[use.user]))];
    if (!first) first = use.user;
  }
  return out;
}

std::vector<NodeId> buffers_written(const Graph& graph, NodeId kernel) {
  std::vector<NodeId> out;
  for (const std::optional<NodeId> buffer : result_buffers(graph, kernel))
    if (buffer) out.push_back(*buffer);
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

}  // namespace gradc::passes
