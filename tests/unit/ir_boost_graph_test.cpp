// The IR is a Boost graph: the claim is checked by the compiler, then by two algorithms.
#include "ir/boost_graph.h"

#include <gtest/gtest.h>

#include <boost/concept/assert.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>

#include "ir/ops.h"

namespace gradc::ir {
namespace {

BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::AdjacencyGraphConcept<Graph>));
BOOST_CONCEPT_ASSERT((boost::ReadablePropertyMapConcept<NodeIndexMap, NodeId>));

/// e = exp(x); y = e * e
Graph square_of_exp() {
  Graph graph;
  const Value x = input(graph, "x", {DType::f32, {3}}, StorageClass::input);
  const Value e = exp(x);
  const Value y = e * e;
  return_(graph, std::span(&y, 1), {"y"});
  return graph;
}

TEST(BoostGraph, SeesParallelEdges) {
  const Graph graph = square_of_exp();
  EXPECT_EQ(num_vertices(graph), 4U);
  EXPECT_EQ(num_edges(graph), 4U);
  EXPECT_EQ(out_degree(NodeId{1}, graph), 2U);
  EXPECT_EQ(in_degree(NodeId{2}, graph), 2U);
  const auto [first, last] = adjacent_vertices(NodeId{1}, graph);
  EXPECT_EQ(std::vector<NodeId>(first, last), (std::vector<NodeId>{NodeId{2}, NodeId{2}}));
}

TEST(BoostGraph, SortsTopologically) {
  const Graph graph = square_of_exp();
  std::vector<NodeId> reversed;
  boost::topological_sort(graph, std::back_inserter(reversed));
  const std::vector<NodeId> expected = {NodeId{3}, NodeId{2}, NodeId{1}, NodeId{0}};
  EXPECT_EQ(reversed, expected);
}

TEST(BoostGraph, TakesNodeMapsAsPropertyMaps) {
  const Graph graph = square_of_exp();
  NodeMap<int> component(graph);
  EXPECT_EQ(boost::strong_components(graph, &component), 4);
}

}  // namespace
}  // namespace gradc::ir
