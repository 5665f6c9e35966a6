#include "ir/order.h"

#include <gtest/gtest.h>

#include <set>

#include "ir/evaluate.h"
#include "ir/ops.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace gradc::ir {
namespace {

/// x, y inputs; e = exp(x); m = e * e; a = m + e; dead = neg(y); return a
struct Diamond {
  Graph graph;
  Value x, y, e, m, a, dead;
  Diamond() {
    const Type type{DType::f64, {2}};
    x = input(graph, "x", type, StorageClass::input);
    y = input(graph, "y", type, StorageClass::input);
    e = exp(x);
    m = e * e;
    a = m + e;
    dead = -y;
    return_(graph, std::span(&a, 1), {"a"});
  }
};

std::vector<NodeId> members(const Graph& graph, const NodeSet& set) {
  std::vector<NodeId> out;
  for (const NodeId n : nodes(graph))
    if (set.contains(n)) out.push_back(n);
  return out;
}

TEST(Order, FindsWhatReachesANode) {
  const Diamond d;
  EXPECT_EQ(members(d.graph, reaching(d.graph, d.m.id())),
            (std::vector<NodeId>{d.x.id(), d.e.id(), d.m.id()}));
}

TEST(Order, FindsWhatSeveralNodesReach) {
  const Diamond d;
  const NodeId sources[] = {d.m.id(), d.y.id(), d.a.id()};
  EXPECT_EQ(members(d.graph, reachable_from(d.graph, sources)),
            (std::vector<NodeId>{d.y.id(), d.m.id(), d.a.id(), d.dead.id(), return_node(d.graph)}));
}

TEST(Order, NodesThatReachNothingDominateThemselves) {
  const Diamond d;
  const NodeMap<NodeId> dominators = post_dominators(d.graph);
  EXPECT_EQ(dominators[d.e.id()], d.a.id());
  EXPECT_EQ(dominators[d.m.id()], d.a.id());
  EXPECT_EQ(dominators[d.a.id()], return_node(d.graph));
  EXPECT_EQ(dominators[return_node(d.graph)], return_node(d.graph));
  EXPECT_EQ(dominators[d.dead.id()], d.dead.id());
}

TEST(Order, ShufflingKeepsTheValue) {
  const Diamond d;
  const double values[] = {0.25, 0.5};
  const std::vector<Tensor> given(2, Tensor({2}, std::span<const double>(values)));
  const auto expected = evaluate(d.graph, given);
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Graph other = shuffled(d.graph, seed);
    EXPECT_TRUE(verify(other).empty());
    EXPECT_EQ(evaluate(other, given), expected);
    EXPECT_EQ(other[inputs(other)[0]].name, "x");
    orders.insert(to_string(other));
  }
  EXPECT_GT(orders.size(), 1U);
}

TEST(Order, ShufflingIsAFunctionOfTheSeed) {
  const Diamond d;
  EXPECT_EQ(to_string(shuffled(d.graph, 3)), to_string(shuffled(d.graph, 3)));
}

}  // namespace
}  // namespace gradc::ir
