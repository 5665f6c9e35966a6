#include "frontend/step_graph.h"

#include <algorithm>
#include <map>
#include <string>

#include "frontend/prune.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

using ir::NodeId;
using ir::Value;

std::vector<NodeId> ids_of(std::span<const Value> values) {
  std::vector<NodeId> out;
  for (const Value& value : values) out.push_back(value.id());
  return out;
}

/// The nodes from `mark` on that depend on one of `on`, themselves included.
std::vector<bool> depending(const ir::Graph& graph, std::size_t mark, std::span<const Value> on) {
  std::vector<bool> out(graph.size());
  for (const Value& value : on) out[ir::index(value.id())] = true;
  for (std::size_t i = mark; i < graph.size(); ++i)
    for (const ir::Use& use : graph.operands(NodeId{static_cast<std::uint32_t>(i)}))
      out[i] = out[i] || out[ir::index(use.def)];
  return out;
}

/// Copies nodes into the body; what it meets outside of the step becomes an input.
class Extraction {
 public:
  Extraction(ir::Graph& graph, std::size_t mark, std::span<const Value> stand_ins)
      : graph_(graph), is_inside_(depending(graph, mark, stand_ins)) {
    for (const Value& value : stand_ins) became_[value.id()] = add_input(value);
  }

  StepGraph run(std::span<const Value> results) {
    const std::vector<bool> is_needed = needed(graph_, ids_of(results));
    collect_outside(results, is_needed);
    for (const NodeId node : ir::nodes(graph_))
      if (is_needed[ir::index(node)] && is_inside_[ir::index(node)] && !became_.contains(node))
        copy(node);
    std::vector<Value> returned;
    std::vector<std::string> names;
    for (const Value& value : results) {
      names.push_back(fmt::format("r{}", returned.size()));
      returned.emplace_back(out_.body, became_.at(value.id()));
    }
    ir::return_(out_.body, returned, std::move(names));
    return std::move(out_);
  }

 private:
  /// No author's name has a number behind a dot.
  NodeId add_input(const Value& value) {
    return ir::input(out_.body, fmt::format("in.{}", inputs_++), value.type(),
                     ir::StorageClass::input)
        .id();
  }

  void collect_outside(std::span<const Value> results, const std::vector<bool>& is_needed) {
    const auto take = [&](NodeId node) {
      if (is_inside_[ir::index(node)] || became_.contains(node)) return;
      if (graph_[node].op == &ir::op::constant) return copy(node);  // no need to hand it over
      became_[node] = add_input({graph_, node});
      out_.outside.emplace_back(graph_, node);
    };
    for (const NodeId node : ir::nodes(graph_))
      if (is_needed[ir::index(node)] && is_inside_[ir::index(node)])
        for (const ir::Use& use : graph_.operands(node)) take(use.def);
    for (const Value& value : results) take(value.id());
  }

  void copy(NodeId node) {
    std::vector<NodeId> operands;
    for (const ir::Use& use : graph_.operands(node)) operands.push_back(became_.at(use.def));
    became_[node] = out_.body.append(graph_[node], operands);
  }

  ir::Graph& graph_;
  std::vector<bool> is_inside_;
  StepGraph out_;
  std::map<NodeId, NodeId> became_;
  int inputs_ = 0;
};

}  // namespace

StepGraph extract_step(ir::Graph& graph, std::size_t mark, std::span<const Value> stand_ins,
                       std::span<const Value> results) {
  return Extraction(graph, mark, stand_ins).run(results);
}

std::vector<bool> needed_stand_ins(const ir::Graph& graph, std::span<const Value> stand_ins,
                                   std::span<const Value> results) {
  const std::vector<bool> is_needed = needed(graph, ids_of(results));
  std::vector<bool> out;
  for (const Value& value : stand_ins) out.push_back(is_needed[ir::index(value.id())]);
  return out;
}

}  // namespace gradc::frontend
