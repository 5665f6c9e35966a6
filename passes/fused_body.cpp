#include "passes/fused_body.h"

#include <algorithm>
#include <set>

#include "ir/compose.h"
#include "ir/ops.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

Value return_results(Graph& graph, std::span<const Value> values) {
  std::vector<std::string> names;
  for (std::size_t number = 0; number < values.size(); ++number)
    names.push_back(fmt::format("r{}", number));
  return return_(graph, values, std::move(names));
}

class Builder {
 public:
  Builder(const Graph& graph, const KernelNodes& kernel)
      : graph_(graph), members_(kernel.members), results_(kernel.results) {}

  FusedBody build() {
    append_inputs();
    for (const NodeId node : members_) append_member(node);
    append_return();
    return std::move(body_);
  }

 private:
  bool is_member(NodeId node) const { return std::ranges::binary_search(members_, node); }

  void append_inputs() {
    // Members keep their names, so that inputs must not take them.
    std::set<std::string> taken;
    for (const NodeId node : members_) taken.insert(graph_[node].name);
    for (const NodeId node : members_)
      for (const ir::Use& use : graph_.operands(node)) {
        if (is_member(use.def) || became_.contains(use.def)) continue;
        std::string name = graph_[use.def].name;
        for (std::size_t number = body_.operands.size(); name.empty() || taken.contains(name);
             ++number)
          name = fmt::format("x{}", number);
        taken.insert(name);
        became_[use.def] =
            input(body_.graph, name, graph_[use.def].type, ir::StorageClass::input).id();
        body_.operands.push_back(use.def);
      }
  }

  void append_member(NodeId node) {
    std::vector<NodeId> operands;
    for (const ir::Use& use : graph_.operands(node)) operands.push_back(became_.at(use.def));
    became_[node] = body_.graph.append(graph_[node], operands);
    if (std::ranges::binary_search(results_, node))
      body_.results.push_back({node, body_.results.size()});
  }

  void append_return() {
    std::vector<Value> values;
    for (const FusedBody::Result& result : body_.results)
      values.emplace_back(body_.graph, became_.at(result.node));
    body_.graph.location = {};
    return_results(body_.graph, values);
  }

  const Graph& graph_;
  const std::vector<NodeId>&members_, &results_;
  std::map<NodeId, NodeId> became_;
  FusedBody body_;
};

}  // namespace

KernelNodes kernel_of_members(const Graph& graph, std::vector<NodeId> members) {
  KernelNodes out{std::move(members), {}};
  const auto is_outside = [&](const ir::Use& use) {
    return !std::ranges::binary_search(out.members, use.user);
  };
  std::ranges::copy_if(out.members, std::back_inserter(out.results), [&](NodeId node) {
    return std::ranges::any_of(graph.uses(node), is_outside);
  });
  return out;
}

FusedBody fused_body(const Graph& graph, const KernelNodes& kernel) {
  return Builder(graph, kernel).build();
}

FusedBody without_copies(const FusedBody& copied, Context& context) {
  FusedBody body = copied;
  const Graph merged = merge_common(body.graph, context);
  std::vector<NodeId> distinct;  // what `return` returns, each once
  for (FusedBody::Result& result : body.results) {
    const NodeId value = merged.operand(return_node(merged), result.number);
    const auto known = std::ranges::find(distinct, value);
    result.number = static_cast<std::size_t>(known - distinct.begin());
    if (known == distinct.end()) distinct.push_back(value);
  }
  body.graph = rebuild(merged, [&](Rebuild& out, NodeId node) {
    if (merged[node].op != &ir::op::return_) return out.copy(node);
    std::vector<Value> values;
    for (const NodeId value : distinct) values.push_back(out[value]);
    return return_results(out.graph(), values);
  });
  // A value that others read at several places may fit one loop nest only as several copies.
  return ir::compose(body.graph) ? body : copied;
}

void append_fused(Rebuild& out, FusedBody body) {
  std::vector<Value> operands;
  for (const NodeId operand : body.operands) operands.push_back(out[operand]);
  const std::size_t count = body.graph.operands(return_node(body.graph)).size();
  const Value group = fused(out.graph(), operands, std::move(body.graph));
  std::vector<Value> values = {group};
  if (count > 1) values.clear();
  for (std::size_t number = 0; number < count && count > 1; ++number)
    values.push_back(result(group, static_cast<std::int64_t>(number)));
  for (const auto& [node, number] : body.results) out.define(node, values[number]);
}

}  // namespace gradc::passes
