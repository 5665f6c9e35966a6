/// Take out of every loop what nobody reads.
///
///   h, n, hs, gs = scan(x, h0, n0, u, v) {      hs = scan(x, h0, u) {
///     g = v * x                                   h' = tanh(x + u * h)
///     h' = tanh(x + u * h)                  →     h, hs = h', h'
///     n' = n + 1                                }
///     h, n, hs, gs = h', n', h', g              n and gs are read by nobody
///   }
///
/// That is: outputs and last values that nobody reads, carried values that only they depend on, and
/// operands that nothing reads then. A carried value that every step returns as it was given is an
/// operand; an output that is an element of a sequence is that sequence. What a loop is given or
/// returns twice, it is given and returns once (`append_scan`).
#include <algorithm>
#include <map>

#include "ir/ops.h"
#include "passes/loop.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

/// Which carried values matter: their last value is read, or what they are before a step changes
/// something that matters.
std::vector<bool> mattering(const Loop& loop, const std::vector<bool>& is_read) {
  ir::NodeMap<char> matters(loop.body);
  std::vector<NodeId> pending;
  const auto reach = [&](NodeId node) {
    if (!matters[node]) pending.push_back(node);
    matters[node] = true;
  };
  std::map<NodeId, std::size_t> number_of;
  for (std::size_t i = 0; i < loop.carried.size(); ++i) number_of[loop.carried[i].now] = i;

  for (std::size_t i = 0; i < loop.carried.size(); ++i)
    if (is_read[i]) reach(loop.carried[i].next);
  for (std::size_t i = 0; i < loop.outputs.size(); ++i)
    if (is_read[loop.carried.size() + i]) reach(loop.outputs[i]);
  while (!pending.empty()) {
    const NodeId node = pending.back();
    pending.pop_back();
    for (const ir::Use& use : loop.body.operands(node)) reach(use.def);
    if (number_of.contains(node)) reach(loop.carried[number_of[node]].next);
  }

  std::vector<bool> out = is_read;
  out.resize(loop.carried.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (matters[loop.carried[i].now]) out[i] = true;
  return out;
}

class Pruner {
 public:
  Pruner(Graph& graph, Loop loop, std::vector<bool> is_read)
      : graph_(graph), old_(std::move(loop)), is_read_(std::move(is_read)), new_(old_) {
    new_.carried.clear();
    new_.outputs.clear();
  }

  std::vector<Value> run() {
    results_.resize(is_read_.size());
    keep_carried();
    keep_outputs();
    if (new_.carried.empty() && new_.outputs.empty()) return results_;
    const std::vector<Value> kept = append_scan(graph_, new_);
    for (std::size_t i = 0; i < kept.size(); ++i) results_[numbers_[i]] = kept[i];
    return results_;
  }

 private:
  void keep_carried() {
    const std::vector<bool> matters = mattering(old_, is_read_);
    for (std::size_t i = 0; i < old_.carried.size(); ++i) {
      const Loop::Carried& carried = old_.carried[i];
      if (!matters[i]) continue;
      if (carried.next == carried.now) {
        new_.wholes.push_back({carried.now, carried.start});
        results_[i] = carried.start;
        continue;
      }
      new_.carried.push_back(carried);
      numbers_.push_back(i);
    }
  }

  void keep_outputs() {
    for (std::size_t i = 0; i < old_.outputs.size(); ++i) {
      const std::size_t number = old_.carried.size() + i;
      if (!is_read_[number]) continue;
      const auto sequence =
          std::ranges::find(old_.sequences, old_.outputs[i], &Loop::Sequence::each);
      if (sequence != old_.sequences.end()) {
        results_[number] = sequence->all;
        continue;
      }
      new_.outputs.push_back(old_.outputs[i]);
      numbers_.push_back(number);
    }
  }

  Graph& graph_;
  const Loop old_;
  const std::vector<bool> is_read_;
  Loop new_;
  std::vector<std::size_t> numbers_;  ///< of the results of the new loop, in the old one
  std::vector<Value> results_;
};

}  // namespace

Graph prune(const Graph& graph, Context& context) {
  return rebuild_loops(graph, prune, context, [](Rebuild& out, NodeId node, Loop loop) {
    return Pruner(out.graph(), std::move(loop), results_read(out.from(), node)).run();
  });
}

}  // namespace gradc::passes
