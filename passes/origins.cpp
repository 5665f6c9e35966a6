#include "passes/origins.h"

#include <algorithm>

#include "ir/ops.h"
#include "passes/grouping.h"
#include "passes/kernel_cost.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;

namespace {

/// What is looked at for one kernel: more would hardly be one kernel.
constexpr std::size_t most_values = 64;

/// A table is looked up: elements may come from anywhere.
bool is_indirect(const ir::Access& access) {
  return std::ranges::any_of(access.coordinates,
                             [](const ir::Coordinate& c) { return c.indirect != ir::no_scalar; });
}

/// What computing a node again costs; nothing if that is not to be.
std::optional<double> price_of_computing(const Graph& graph, NodeId node) {
  if (!is_computed(graph[node])) return std::nullopt;
  if (graph[node].op == &op::constant) return 0;
  const ir::Kernel kernel = kernel_of(graph, node);
  if (reductions(kernel) > 0 || kernel.outputs[0].accumulate) return std::nullopt;
  if (std::ranges::any_of(kernel.accesses, is_indirect)) return std::nullopt;
  return work(kernel);
}

}  // namespace

std::optional<double> ComputingPrices::of(NodeId node) {
  if (!known_[node]) known_[node] = price_of_computing(graph_, node);
  return *known_[node];
}

std::vector<NodeId> Origins::to_compute() {
  explore();
  const std::vector<bool> is_computed = cheapest_to_compute(values_, needed_);
  std::vector<NodeId> out;
  for (std::size_t number = 0; number < nodes_.size(); ++number)
    if (is_computed[number]) out.push_back(nodes_[number]);
  std::ranges::sort(out);
  return out;
}

/// The nearest ones first: what is far behind is rarely reached.
void Origins::explore() {
  for (std::size_t number = 0; number < nodes_.size() && number < most_values; ++number) {
    const auto price = computing_.of(nodes_[number]);
    if (!price) continue;
    values_[number].compute_price = *price;
    for (const ir::Use& use : graph_.operands(nodes_[number])) {
      const std::size_t operand = number_of(use.def);
      values_[number].operands.push_back(operand);
    }
  }
}

std::size_t Origins::number_of(NodeId node) {
  const auto [entry, is_new] = numbers_.try_emplace(node, nodes_.size());
  if (is_new) {
    nodes_.push_back(node);
    values_.push_back({.read_price = price_(node)});
  }
  return entry->second;
}

}  // namespace gradc::passes
