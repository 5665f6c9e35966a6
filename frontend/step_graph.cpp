#include "frontend/step_graph.h"

#include <algorithm>
#include <map>
#include <string>

#include "ir/ops.h"

namespace gradc::frontend {

namespace {

using ir::NodeId;
using ir::Value;

/// A mark at nodes from `first` on: what a step costs does not depend on how much is around it.
class RecentNodes {
 public:
  RecentNodes(const ir::Graph& graph, std::size_t first)
      : first_(first), marks_(graph.size() - first) {}

  bool operator[](NodeId node) const { return covers(node) && marks_[ir::index(node) - first_]; }
  void add(NodeId node) {
    if (covers(node)) marks_[ir::index(node) - first_] = true;
  }

 private:
  bool covers(NodeId node) const { return ir::index(node) >= first_; }

  std::size_t first_;
  std::vector<bool> marks_;
};

NodeId node_at(std::size_t i) { return NodeId{static_cast<std::uint32_t>(i)}; }

/// The nodes from `mark` on that some of the results depend on.
RecentNodes needed_since(const ir::Graph& graph, std::size_t mark, std::span<const Value> results) {
  RecentNodes out(graph, mark);
  for (const Value& value : results) out.add(value.id());
  for (std::size_t i = graph.size(); i-- > mark;)
    if (out[node_at(i)])
      for (const ir::Use& use : graph.operands(node_at(i))) out.add(use.def);
  return out;
}

/// Copies nodes into the body; what it meets outside of the step becomes an input.
class Extraction {
 public:
  Extraction(ir::Graph& graph, std::size_t mark, std::span<const Value> stand_ins)
      : graph_(graph), mark_(mark), is_inside_(graph, mark) {
    for (const Value& value : stand_ins) became_[value.id()] = add_input(value);
    for (std::size_t i = mark; i < graph.size(); ++i)
      for (const ir::Use& use : graph.operands(node_at(i)))
        if (is_inside(use.def)) is_inside_.add(node_at(i));
  }

  StepGraph run(std::span<const Value> results) {
    const RecentNodes is_needed = needed_since(graph_, mark_, results);
    const auto is_of_step = [&](NodeId node) { return is_needed[node] && is_inside_[node]; };
    collect_outside(results, is_of_step);
    for (std::size_t i = mark_; i < graph_.size(); ++i)
      if (is_of_step(node_at(i)) && !became_.contains(node_at(i))) copy(node_at(i));
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

  /// Does the node depend on a stand-in, or is it one?
  bool is_inside(NodeId node) const { return is_inside_[node] || became_.contains(node); }

  void collect_outside(std::span<const Value> results, auto is_of_step) {
    const auto take = [&](NodeId node) {
      if (is_inside(node)) return;
      if (graph_[node].op == &ir::op::constant) return copy(node);  // no need to hand it over
      became_[node] = add_input({graph_, node});
      out_.outside.emplace_back(graph_, node);
    };
    for (std::size_t i = mark_; i < graph_.size(); ++i)
      if (is_of_step(node_at(i)))
        for (const ir::Use& use : graph_.operands(node_at(i))) take(use.def);
    for (const Value& value : results) take(value.id());
  }

  void copy(NodeId node) {
    std::vector<NodeId> operands;
    for (const ir::Use& use : graph_.operands(node)) operands.push_back(became_.at(use.def));
    became_[node] = out_.body.append(graph_[node], operands);
  }

  ir::Graph& graph_;
  std::size_t mark_;
  RecentNodes is_inside_;  ///< depends on a stand-in
  StepGraph out_;
  std::map<NodeId, NodeId> became_;
  int inputs_ = 0;
};

}  // namespace

StepGraph extract_step(ir::Graph& graph, std::size_t mark, std::span<const Value> stand_ins,
                       std::span<const Value> results) {
  return Extraction(graph, mark, stand_ins).run(results);
}

std::vector<bool> needed_stand_ins(const ir::Graph& graph, std::size_t mark,
                                   std::span<const Value> stand_ins,
                                   std::span<const Value> results) {
  const RecentNodes is_needed = needed_since(graph, mark, results);
  std::vector<bool> out;
  for (const Value& value : stand_ins) out.push_back(is_needed[value.id()]);
  return out;
}

}  // namespace gradc::frontend
