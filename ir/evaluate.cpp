#include "ir/evaluate.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>

#include "ir/node_map.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// What a node computes: one tensor, or several for a node read through `result`.
using Results = std::vector<Tensor>;
using Operands = std::span<const Results* const>;

// ---- Places: ops that have neither a kernel nor a definition by other ops
// ------------------------

Results evaluate_constant(const Node& node, Operands) {
  const auto& values = node.attributes.get<std::vector<double>>("values");
  Tensor out(node.type);
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.set_real(i, values.size() == 1 ? values[0] : values[static_cast<std::size_t>(i)]);
  return {std::move(out)};
}

Results evaluate_reshape(const Node& node, Operands operands) {
  const Tensor& x = operands[0]->front();
  Tensor out(node.type);
  std::ranges::copy(x.bytes(), out.data());
  return {std::move(out)};
}

Results evaluate_fused(const Node& node, Operands operands) {
  std::vector<Tensor> inputs;
  for (const Results* operand : operands) inputs.push_back(operand->front());
  return evaluate(node.bodies.front(), inputs);
}

/// Element `index` along the first axis.
Tensor step_of(const Tensor& sequence, std::int64_t index) {
  Type type = sequence.type();
  type.shape.erase(type.shape.begin());
  Tensor out(type);
  std::ranges::copy(sequence.bytes().subspan(static_cast<std::size_t>(index * type.bytes()),
                                             static_cast<std::size_t>(type.bytes())),
                    out.data());
  return out;
}

Results evaluate_scan(const Node& node, Operands operands) {
  const Scan scan = scan_of(node.attributes);
  const Graph& body = node.bodies.front();
  Results carried;
  for (std::size_t i = 0; i < scan.carried; ++i)
    carried.push_back(operands[scan.scanned + i]->front());
  Results stacked;
  for (const Type& type : stacked_types(scan, body)) stacked.emplace_back(type);

  for (std::int64_t i = 0; i < scan.steps; ++i) {
    const std::int64_t step = scan.is_reverse ? scan.steps - 1 - i : i;
    std::vector<Tensor> inputs;
    for (std::size_t slot = 0; slot < scan.scanned; ++slot)
      inputs.push_back(step_of(operands[slot]->front(), step));
    std::ranges::move(carried, std::back_inserter(inputs));
    for (std::size_t slot = scan.scanned + scan.carried; slot < operands.size(); ++slot)
      inputs.push_back(operands[slot]->front());
    Results results = evaluate(body, inputs);
    for (std::size_t number = 0; number < stacked.size(); ++number) {
      const Tensor& result = results[scan.carried + number];
      std::ranges::copy(result.bytes(), stacked[number].data() + step * result.type().bytes());
    }
    results.resize(scan.carried);
    carried = std::move(results);
  }
  std::ranges::move(stacked, std::back_inserter(carried));
  return carried;
}

Results evaluate_result(const Node& node, Operands operands) {
  return {(*operands[0])[static_cast<std::size_t>(node.attributes.get<std::int64_t>("index"))]};
}

struct Place {
  const Op* op;
  Results (*evaluate)(const Node&, Operands);
};
constexpr Place places[] = {
    {&op::constant, evaluate_constant}, {&op::reshape, evaluate_reshape},
    {&op::fused, evaluate_fused},       {&op::scan, evaluate_scan},
    {&op::result, evaluate_result},
};

// ---- Computations
// --------------------------------------------------------------------------------

Results evaluate_kernel(const Graph& graph, NodeId n, Operands operands) {
  std::vector<const Tensor*> tensors;
  for (const Results* operand : operands) tensors.push_back(&operand->front());
  return evaluate(kernel_of(graph, n), tensors);
}

/// Apply the op to inputs in a graph of its own, and evaluate its definition there.
Results evaluate_composite(const Node& node, Operands operands) {
  Graph scratch;
  std::vector<Value> values;
  std::vector<Tensor> tensors;
  for (const Results* operand : operands) {
    tensors.push_back(operand->front());
    values.push_back(input(scratch, fmt::format("x{}", values.size()), tensors.back().type(),
                           StorageClass::input));
  }
  const Value composite = append(scratch, *node.op, values, node.attributes, node.bodies);
  const Value definition = node.op->expand(composite);
  return_(scratch, std::span(&definition, 1), {"y"});
  return evaluate(scratch, tensors);
}

Results evaluate_node(const Graph& graph, NodeId n, Operands operands) {
  const Node& node = graph[n];
  const auto place = std::ranges::find(places, node.op, &Place::op);
  if (place != std::end(places)) return place->evaluate(node, operands);
  if (node.op->kernel) return evaluate_kernel(graph, n, operands);
  assert(node.op->expand && "gradients are computed by `differentiate`, not by the interpreter");
  return evaluate_composite(node, operands);
}

/// How many operands of needed nodes a node is: zero for one that `return` does not depend on.
NodeMap<int> needed_uses(const Graph& graph) {
  NodeMap<int> out(graph);
  const NodeId last = return_node(graph);
  for (std::size_t i = graph.size(); i-- > 0;) {
    const NodeId n{static_cast<std::uint32_t>(i)};
    if (n != last && out[n] == 0) continue;
    for (const Use& use : graph.operands(n)) ++out[use.def];
  }
  return out;
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> input_values) {
  NodeMap<int> uses_left = needed_uses(graph);
  NodeMap<Results> values(graph);
  const std::vector<NodeId> input_nodes = inputs(graph);
  assert(input_nodes.size() == input_values.size() && "one value per input");
  for (std::size_t i = 0; i < input_nodes.size(); ++i) {
    assert(graph[input_nodes[i]].type == input_values[i].type() && "inputs have the graph's types");
    values[input_nodes[i]] = {input_values[i]};
  }

  for (const NodeId n : nodes(graph)) {
    if (uses_left[n] == 0 || graph[n].op == &op::input) continue;
    std::vector<const Results*> operands;
    for (const Use& use : graph.operands(n)) operands.push_back(&values[use.def]);
    values[n] = evaluate_node(graph, n, operands);
    for (const Use& use : graph.operands(n))
      if (--uses_left[use.def] == 0) values[use.def].clear();
  }

  std::vector<Tensor> out;
  for (const Use& use : graph.operands(return_node(graph))) out.push_back(values[use.def].front());
  return out;
}

}  // namespace gradc::ir
