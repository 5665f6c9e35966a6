#pragma once
/// The only way to change a graph: copy it, node by node, with something else in some places. What
/// no longer reaches `return` is not copied, so dead-code elimination is not a pass.
#include <functional>
#include <optional>
#include <vector>

#include "ir/node_map.h"
#include "ir/value.h"
#include "passes/pass.h"

namespace gradc::passes {

/// A graph under construction, and what each node of the old graph became in it.
class Rebuild {
 public:
  explicit Rebuild(const ir::Graph& from);

  const ir::Graph& from() const { return from_; }
  ir::Graph& graph() { return to_; }

  /// What `node` of the old graph became; its operands always came before it.
  ir::Value operator[](ir::NodeId node) { return {to_, became_[node]}; }

  /// `node` again, on what its operands became; `bodies` replace its own.
  ir::Value copy(ir::NodeId node);
  ir::Value copy(ir::NodeId node, std::vector<ir::Graph> bodies);
  /// `node` on other operands, which lie in the new graph.
  ir::Value copy_onto(ir::NodeId node, std::span<const ir::NodeId> operands,
                      std::vector<ir::Graph> bodies);

  /// The bodies of `node` after `pass`; those of fused nodes as they are.
  std::vector<ir::Graph> pass_bodies(ir::NodeId node, PassFunction pass, Context& context) const;

  /// From now on `node` of the old graph is `value`, which takes its name if neither it nor what
  /// the node was before has one.
  void define(ir::NodeId node, ir::Value value);

  ir::Graph finish() { return std::move(to_); }

 private:
  const ir::Graph& from_;
  ir::Graph to_;
  ir::NodeMap<ir::NodeId> became_;
  ir::NodeMap<char> is_named_;  ///< its name is given to what it became first
};

/// Says what a node of the old graph becomes: `out.copy(node)`, or another value of the new graph.
/// Nodes that it appends have the location of the old one.
using Visit = std::function<ir::Value(Rebuild& out, ir::NodeId node)>;

/// Visit every node that reaches `return`, in order, and drop from the outcome what does not reach
/// it any more. The caller's inputs (those without storage) stay, in order, used or not.
ir::Graph rebuild(const ir::Graph& graph, const Visit& visit);

/// Says which values stand for the results of a node, by number; nothing: it is copied. A result
/// that nobody reads may be an empty value.
using Replace = std::function<std::optional<std::vector<ir::Value>>(Rebuild& out, ir::NodeId node)>;

/// `rebuild` for passes that replace nodes of several results: what reads those is led to the
/// values that stand for them. Bodies of copied nodes go through `pass`.
ir::Graph rebuild_results(const ir::Graph& graph, PassFunction pass, Context& context,
                          const Replace& replace);

/// `rebuild` in two steps: in between, ids are those that `visit` saw.
ir::Graph visit_live_nodes(const ir::Graph& graph, const Visit& visit);
ir::Graph without_dead_nodes(ir::Graph graph);

/// The nodes that `rebuild` visits.
ir::NodeSet live_nodes(const ir::Graph& graph);

}  // namespace gradc::passes
