#include "passes/fused_body.h"

#include <algorithm>
#include <set>

#include "ir/ops.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

class Builder {
 public:
  Builder(const Graph& graph, std::span<const NodeId> members)
      : graph_(graph), members_(members.begin(), members.end()), became_() {}

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
    const auto is_outside = [&](const ir::Use& use) { return !is_member(use.user); };
    if (std::ranges::any_of(graph_.uses(node), is_outside)) body_.results.push_back(node);
  }

  void append_return() {
    std::vector<Value> values;
    std::vector<std::string> names;
    for (const NodeId node : body_.results) {
      names.push_back(fmt::format("r{}", values.size()));
      values.emplace_back(body_.graph, became_.at(node));
    }
    body_.graph.location = {};
    return_(body_.graph, values, std::move(names));
  }

  const Graph& graph_;
  std::vector<NodeId> members_;
  std::map<NodeId, NodeId> became_;
  FusedBody body_;
};

}  // namespace

FusedBody fused_body(const Graph& graph, std::span<const NodeId> members) {
  return Builder(graph, members).build();
}

void append_fused(Rebuild& out, FusedBody body) {
  std::vector<Value> operands;
  for (const NodeId operand : body.operands) operands.push_back(out[operand]);
  const std::vector<NodeId> results = std::move(body.results);
  const Value group = fused(out.graph(), operands, std::move(body.graph));
  if (results.size() == 1) return out.define(results[0], group);
  for (std::size_t i = 0; i < results.size(); ++i)
    out.define(results[i], result(group, static_cast<std::int64_t>(i)));
}

}  // namespace gradc::passes
