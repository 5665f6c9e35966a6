#pragma once
/// Side tables: what an analysis knows about each node, kept beside the graph instead of in it.
#include <vector>

#include "ir/graph.h"

namespace gradc::ir {

/// One T per node, indexed by NodeId. Also a Boost property map (boost_graph.h).
template <typename T>
class NodeMap {
 public:
  explicit NodeMap(const Graph& graph, const T& initial = {}) : values_(graph.size(), initial) {}

  decltype(auto) operator[](NodeId n) { return values_[index(n)]; }
  decltype(auto) operator[](NodeId n) const { return values_[index(n)]; }
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<T> values_;
};

/// A set of nodes of one graph.
class NodeSet {
 public:
  explicit NodeSet(const Graph& graph) : members_(graph.size(), false) {}
  void insert(NodeId n) { members_[index(n)] = true; }
  bool contains(NodeId n) const { return members_[index(n)]; }
  friend NodeSet operator&(NodeSet a, const NodeSet& b) {
    for (std::size_t i = 0; i < a.members_.size(); ++i)
      a.members_[i] = a.members_[i] && b.members_[i];
    return a;
  }

 private:
  std::vector<bool> members_;
};

}  // namespace gradc::ir
