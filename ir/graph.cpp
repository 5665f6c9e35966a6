#include "ir/graph.h"

#include "ir/ops.h"

namespace gradc::ir {

NodeId Graph::append(Node node, std::span<const NodeId> operands) {
  const NodeId user{static_cast<std::uint32_t>(nodes_.size())};
  nodes_.push_back(std::move(node));
  uses_.emplace_back();
  for (std::uint32_t slot = 0; slot < operands.size(); ++slot) {
    assert(operands[slot] < user && "operands precede their users");
    const Use use{operands[slot], user, slot};
    edges_.push_back(use);
    uses_[index(use.def)].push_back(use);
  }
  first_edge_.push_back(edges_.size());
  return user;
}

NodeId return_node(const Graph& graph) {
  assert(graph.size() > 0 && "a complete graph ends with its return node");
  const NodeId last{static_cast<std::uint32_t>(graph.size() - 1)};
  assert(graph[last].op == &op::return_ && "a complete graph ends with its return node");
  return last;
}

std::vector<NodeId> inputs(const Graph& graph) {
  std::vector<NodeId> out;
  for (const NodeId n : nodes(graph))
    if (graph[n].op == &op::input) out.push_back(n);
  return out;
}

std::vector<Type> operand_types(const Graph& graph, NodeId n) {
  std::vector<Type> out;
  for (const Use& use : graph.operands(n)) out.push_back(graph[use.def].type);
  return out;
}

}  // namespace gradc::ir
