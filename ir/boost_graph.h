#pragma once
/// Makes ir::Graph a model of BidirectionalGraph, VertexListGraph, EdgeListGraph and
/// AdjacencyGraph, so that the algorithms of Boost.Graph run on the IR itself. An edge is a use.
#include <boost/graph/adjacency_iterator.hpp>
#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/transform_iterator.hpp>
#include <boost/property_map/property_map.hpp>
#include <utility>

#include "ir/node_map.h"

namespace gradc::ir {

struct ToNodeId {
  NodeId operator()(std::uint32_t i) const { return NodeId{i}; }
};

struct NodeIndexMap {
  using key_type = NodeId;
  using value_type = std::size_t;
  using reference = std::size_t;
  using category = boost::readable_property_map_tag;
};
inline std::size_t get(NodeIndexMap, NodeId n) { return index(n); }
inline NodeIndexMap get(boost::vertex_index_t, const Graph&) { return {}; }

}  // namespace gradc::ir

namespace boost {

template <>
struct graph_traits<gradc::ir::Graph> {
  using vertex_descriptor = gradc::ir::NodeId;
  using edge_descriptor = gradc::ir::Use;
  using directed_category = bidirectional_tag;
  using edge_parallel_category = allow_parallel_edge_tag;  // mul(x, x)
  struct traversal_category  // NOLINT(readability-identifier-naming): Boost's name
      : virtual bidirectional_graph_tag,
        virtual adjacency_graph_tag,
        virtual vertex_list_graph_tag,
        virtual edge_list_graph_tag {};
  using vertex_iterator = transform_iterator<gradc::ir::ToNodeId, counting_iterator<std::uint32_t>>;
  using edge_iterator = const gradc::ir::Use*;
  using in_edge_iterator = const gradc::ir::Use*;
  using out_edge_iterator = const gradc::ir::Use*;
  using adjacency_iterator =
      adjacency_iterator_generator<gradc::ir::Graph, gradc::ir::NodeId, out_edge_iterator>::type;
  using vertices_size_type = std::size_t;
  using edges_size_type = std::size_t;
  using degree_size_type = std::size_t;
  static gradc::ir::NodeId null_vertex() { return gradc::ir::NodeId{~0U}; }
};

template <>
struct property_map<gradc::ir::Graph, vertex_index_t> {
  using type = gradc::ir::NodeIndexMap;
  using const_type = gradc::ir::NodeIndexMap;
};

/// A NodeMap is a property map: colour maps, distances and predecessors can be one.
template <typename T>
struct property_traits<gradc::ir::NodeMap<T>*> {
  using key_type = gradc::ir::NodeId;
  using value_type = T;
  using reference = T&;
  using category = lvalue_property_map_tag;
};

}  // namespace boost

namespace gradc::ir {  // found by argument-dependent lookup

template <typename T>
const T& get(const NodeMap<T>* map, NodeId n) {
  return (*map)[n];
}
template <typename T>
void put(NodeMap<T>* map, NodeId n, T value) {
  (*map)[n] = std::move(value);
}

using Traits = boost::graph_traits<Graph>;

template <typename T>
std::pair<const T*, const T*> bounds(std::span<const T> s) {
  return {s.data(), s.data() + s.size()};
}

inline std::pair<Traits::vertex_iterator, Traits::vertex_iterator> vertices(const Graph& g) {
  const auto at = [](std::size_t i) {
    return Traits::vertex_iterator(boost::counting_iterator(static_cast<std::uint32_t>(i)),
                                   ToNodeId{});
  };
  return {at(0), at(g.size())};
}
inline std::size_t num_vertices(const Graph& g) { return g.size(); }
inline std::size_t num_edges(const Graph& g) { return g.edges().size(); }
inline NodeId source(const Use& use, const Graph&) { return use.def; }
inline NodeId target(const Use& use, const Graph&) { return use.user; }
inline auto edges(const Graph& g) { return bounds(g.edges()); }
inline auto in_edges(NodeId n, const Graph& g) { return bounds(g.operands(n)); }
inline auto out_edges(NodeId n, const Graph& g) { return bounds(g.uses(n)); }
inline std::size_t in_degree(NodeId n, const Graph& g) { return g.operands(n).size(); }
inline std::size_t out_degree(NodeId n, const Graph& g) { return g.uses(n).size(); }
inline std::size_t degree(NodeId n, const Graph& g) { return in_degree(n, g) + out_degree(n, g); }
inline std::pair<Traits::adjacency_iterator, Traits::adjacency_iterator> adjacent_vertices(
    NodeId n, const Graph& g) {
  const auto [first, last] = out_edges(n, g);
  return {Traits::adjacency_iterator(first, &g), Traits::adjacency_iterator(last, &g)};
}

}  // namespace gradc::ir
