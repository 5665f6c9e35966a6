#include "passes/own_copies.h"

#include <algorithm>

#include "ir/ops.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::Instruction;
using ir::NodeId;
using ir::ScalarOp;
using ir::Value;

namespace {

bool is_splat_constant(const ir::Node& node) {
  return node.op == &op::constant && node.attributes.get<std::vector<double>>("values").size() == 1;
}

bool only_moves(const ir::Kernel& kernel) {
  constexpr ScalarOp moves[] = {ScalarOp::load, ScalarOp::cast, ScalarOp::index,
                                ScalarOp::constant};
  const auto is_move = [&](const Instruction& i) {
    return std::ranges::find(moves, i.op) != std::end(moves);
  };
  const auto is_load = [](const Instruction& i) { return i.op == ScalarOp::load; };
  return std::ranges::all_of(kernel.body, is_move) &&
         std::ranges::count_if(kernel.body, is_load) <= 1;
}

class Copier {
 public:
  Copier(const Graph& graph, bool only_constants, Context& context)
      : context_(context), is_repeated_(graph) {
    for (const NodeId node : nodes(graph)) {
      const bool is_cheap =
          only_constants ? is_splat_constant(graph[node]) : is_data_movement(graph, node);
      is_repeated_[node] = is_cheap && graph.uses(node).size() > 1;
    }
  }

  Value visit(Rebuild& out, NodeId node) {
    std::vector<NodeId> operands = operands_for(out, node);
    const Graph& graph = out.from();
    if (graph[node].op == &op::reshape) {
      const ir::Node& x = out.graph()[operands[0]];
      if (x.op == &op::constant)
        return constant(out.graph(), graph[node].type,
                        x.attributes.get<std::vector<double>>("values"));
    }
    if (graph[node].op == &op::return_)
      for (NodeId& operand : operands) operand = written(out.graph(), operand);
    return out.copy_onto(node, operands, out.pass_bodies(node, fuse, context_));
  }

 private:
  std::vector<NodeId> operands_for(Rebuild& out, NodeId user) {
    std::vector<NodeId> operands;
    for (const ir::Use& use : out.from().operands(user))
      operands.push_back(is_repeated_[use.def] ? own_copy(out, use.def) : out[use.def].id());
    return operands;
  }

  NodeId own_copy(Rebuild& out, NodeId node) {
    // A chain of data movement is copied as a whole; it has one operand at most, so it does not
    // branch.
    return out.copy_onto(node, operands_for(out, node), {}).id();
  }

  /// A value that lies in memory: a tensor of different numbers is copied there by a kernel of its
  /// own.
  static NodeId written(Graph& graph, NodeId value) {
    if (graph[value].op != &op::constant || is_splat_constant(graph[value])) return value;
    const Value operand{graph, value};
    Graph body;
    const Value same = input(body, "x0", operand.type(), ir::StorageClass::input);
    return_(body, std::span(&same, 1), {"r0"});
    return fused(graph, std::span(&operand, 1), std::move(body)).id();
  }

  Context& context_;
  ir::NodeMap<char> is_repeated_;
};

}  // namespace

bool is_data_movement(const Graph& graph, NodeId node) {
  if (is_splat_constant(graph[node])) return true;
  if (!graph[node].op->kernel || !graph[node].bodies.empty()) return false;
  return only_moves(kernel_of(graph, node));
}

Graph with_own_copies(const Graph& graph, bool only_constants, Context& context) {
  Copier copier(graph, only_constants, context);
  return rebuild(graph, [&](Rebuild& out, NodeId node) { return copier.visit(out, node); });
}

}  // namespace gradc::passes
