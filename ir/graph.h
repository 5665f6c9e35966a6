#pragma once
/// The IR's container: an append-only dataflow graph.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/attribute.h"
#include "ir/location.h"
#include "ir/type.h"

namespace gradc::ir {

struct Op;
class Graph;

/// Names a node of a graph, and the one value it computes. Ids are dense and ordered: an operand's
/// id is smaller than its user's, so id order is a topological order.
enum class NodeId : std::uint32_t {};
constexpr std::size_t index(NodeId n) { return static_cast<std::size_t>(n); }

/// An edge of the graph: operand number `slot` of `user` is `def`.
struct Use {
  NodeId def, user;
  std::uint32_t slot;
  bool operator==(const Use&) const = default;
};

struct Node {
  const Op* op = nullptr;
  Attributes attributes = {};
  Type type = {};
  Location location = {};
  std::string name = {};      ///< the author's name for the value, or empty; unique in the graph
  std::vector<Graph> bodies;  ///< nested graphs (`fused`, `scan`); their inputs match the operands
};

/// Append-only dataflow graph. Passes do not change it: they rebuild it (passes/rebuild.h).
/// Spans and references into it live until the next `append`.
class Graph {
 public:
  /// Add a node whose operands are there already. Types are not checked here: see op.h's append().
  NodeId append(Node node, std::span<const NodeId> operands);

  std::size_t size() const { return nodes_.size(); }
  const Node& operator[](NodeId n) const { return nodes_[index(n)]; }
  std::span<const Use> edges() const { return edges_; }  ///< grouped by user, in slot order
  std::span<const Use> operands(NodeId n) const {
    const std::size_t first = first_edge_[index(n)];
    return edges().subspan(first, first_edge_[index(n) + 1] - first);
  }
  NodeId operand(NodeId n, std::size_t slot) const { return operands(n)[slot].def; }
  std::span<const Use> uses(NodeId n) const { return uses_[index(n)]; }

  /// Rename a node: names carry no meaning but in inputs, so this keeps the graph's value.
  void set_name(NodeId n, std::string name) { nodes_[index(n)].name = std::move(name); }

  /// Nodes appended through Value (value.h) get this location.
  Location location;
  /// What the text form prints after `graph`.
  std::string name;

 private:
  std::vector<Node> nodes_;
  std::vector<Use> edges_;
  std::vector<std::size_t> first_edge_ = {
      0};  // operands of n: edges_[first_edge_[n] .. first_edge_[n + 1])
  std::vector<std::vector<Use>> uses_;
};

/// All ids of a graph, ascending: `for (NodeId n : nodes(graph))`.
class NodeRange {
 public:
  class Iterator {
   public:
    using value_type = NodeId;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(std::uint32_t i = 0) : i_(i) {}
    NodeId operator*() const { return NodeId{i_}; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(i_++); }
    Iterator& operator--() {
      --i_;
      return *this;
    }
    Iterator operator--(int) { return Iterator(i_--); }
    bool operator==(const Iterator&) const = default;

   private:
    std::uint32_t i_;
  };
  explicit NodeRange(std::size_t size) : size_(static_cast<std::uint32_t>(size)) {}
  Iterator begin() const { return Iterator(0); }
  Iterator end() const { return Iterator(size_); }

 private:
  std::uint32_t size_;
};
inline NodeRange nodes(const Graph& graph) { return NodeRange(graph.size()); }

/// The `return` node: the last one of a complete graph. Its operands are the results.
NodeId return_node(const Graph& graph);

/// The `input` nodes in order.
std::vector<NodeId> inputs(const Graph& graph);

/// The types of the operands of `n`, in slot order.
std::vector<Type> operand_types(const Graph& graph, NodeId n);

}  // namespace gradc::ir
