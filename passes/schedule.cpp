#include "passes/schedule.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/order.h"
#include "passes/buffers.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::NodeMap;

namespace {

class Scheduler {
 public:
  Scheduler(const Graph& graph, const std::vector<Outcome>& outcomes)
      : graph_(graph),
        readers_(readers_of(graph)),
        waits_for_(graph),
        readers_left_(graph),
        is_outcome_(graph),
        held_by_(graph),
        holds_(graph),
        score_(graph) {
    for (const Outcome& outcome : outcomes) {
      is_outcome_[outcome.buffer] = true;
      hold_back(outcome);
    }
    for (const NodeId node : nodes(graph)) {
      waits_for_[node] = graph.operands(node).size();
      readers_left_[node] = readers_[node].size();
    }
  }

  Schedule run() {
    for (const NodeId node : nodes(graph_))
      if (waits_for_[node] == 0) make_ready(node);
    while (const auto next = choose()) place(*next);
    assert(order_.size() == graph_.size() && "every node gets ready, and `return` as the last one");
    return {std::move(order_)};
  }

 private:
  /// The kernel that computes a new value waits for those that read the old one, unless they
  /// need its result.
  void hold_back(const Outcome& outcome) {
    const auto writer = writer_of(graph_, outcome.buffer);
    if (!writer || outcome.old.empty()) return;
    const ir::NodeSet depends_on_writer = reachable_from(graph_, std::span(&*writer, 1));
    for (const NodeId old : outcome.old)
      for (const NodeId reader : readers_[old]) {
        if (depends_on_writer.contains(reader)) continue;
        ++held_by_[*writer];
        holds_[reader].push_back(*writer);
      }
  }

  /// Bytes that are free when the kernel is done, less those that it takes. What the entry leaves
  /// behind is not counted: it has a place of its own.
  std::int64_t score(NodeId kernel) const {
    std::int64_t out = 0;
    for (const NodeId buffer : buffers_read(graph_, kernel)) {
      const bool is_temporary = writer_of(graph_, buffer) && !is_outcome_[buffer];
      if (is_temporary && readers_left_[buffer] == 1) out += graph_[buffer].type.bytes();
    }
    for (const NodeId buffer : buffers_written(graph_, kernel))
      if (!is_outcome_[buffer]) out -= graph_[buffer].type.bytes();
    return out;
  }

  // Ready kernels, best first. Those that are held back come after all others: between them there
  // may be a circle, in which one slot cannot be updated in place.
  using Rank = std::tuple<bool, std::int64_t, NodeId>;
  Rank rank(NodeId kernel) const { return {held_by_[kernel] > 0, -score_[kernel], kernel}; }

  void make_ready(NodeId node) {
    if (!is_kernel(graph_[node])) {
      ready_places_.insert(node);
      return;
    }
    score_[node] = score(node);
    ready_kernels_.insert(rank(node));
  }

  /// Change what a kernel's rank depends on.
  template <typename F>
  void update(NodeId kernel, F change) {
    const bool is_ready = ready_kernels_.erase(rank(kernel)) > 0;
    change();
    if (!is_ready) return;
    score_[kernel] = score(kernel);
    ready_kernels_.insert(rank(kernel));
  }

  std::optional<NodeId> choose() {
    // `return` has the largest id, so it comes after all other places; kernels come between them.
    const NodeId last = return_node(graph_);
    if (!ready_places_.empty() && *ready_places_.begin() != last)
      return ready_places_.extract(ready_places_.begin()).value();
    if (!ready_kernels_.empty())
      return std::get<NodeId>(ready_kernels_.extract(ready_kernels_.begin()).value());
    if (!ready_places_.empty()) return ready_places_.extract(ready_places_.begin()).value();
    return std::nullopt;
  }

  void place(NodeId node) {
    order_.push_back(node);
    if (is_kernel(graph_[node])) retire(node);
    for (const ir::Use& use : graph_.uses(node))
      if (--waits_for_[use.user] == 0) make_ready(use.user);
  }

  /// The kernel has read its operands: others may be the last reader now, or may write what it has
  /// read.
  void retire(NodeId kernel) {
    is_done_.insert(kernel);
    for (const NodeId buffer : buffers_read(graph_, kernel)) {
      if (--readers_left_[buffer] != 1) continue;
      const auto is_left = [&](NodeId reader) { return !is_done_.contains(reader); };
      update(*std::ranges::find_if(readers_[buffer], is_left), [] {});
    }
    for (const NodeId held : holds_[kernel]) update(held, [&] { --held_by_[held]; });
  }

  const Graph& graph_;
  NodeMap<std::vector<NodeId>> readers_;
  NodeMap<std::size_t> waits_for_;     // operands that are not placed yet
  NodeMap<std::size_t> readers_left_;  // of a buffer
  NodeMap<char> is_outcome_;
  NodeMap<std::size_t> held_by_;        // readers of a slot that the kernel waits for
  NodeMap<std::vector<NodeId>> holds_;  // and the other way round
  NodeMap<std::int64_t> score_;
  std::set<NodeId> ready_places_;
  std::set<Rank> ready_kernels_;
  std::set<NodeId> is_done_;
  std::vector<NodeId> order_;
};

}  // namespace

Schedule schedule(const Graph& graph, const std::vector<Outcome>& outcomes) {
  return Scheduler(graph, outcomes).run();
}

}  // namespace gradc::passes
