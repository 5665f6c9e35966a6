// What passes do to loops changes no value.
#include <gtest/gtest.h>

#include <cmath>

#include "graph_run.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "random_loop.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;

double distance(const Tensor& a, const Tensor& b) {
  double difference = 0, scale = 1;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(a.real(i) - b.real(i)));
    scale = std::max(scale, std::abs(a.real(i)));
  }
  return difference / scale;
}

std::size_t nodes_with_bodies(const Graph& graph) {
  std::size_t out = graph.size();
  for (const ir::NodeId node : nodes(graph))
    for (const Graph& body : graph[node].bodies) out += nodes_with_bodies(body);
  return out;
}

class Loops : public testing::TestWithParam<std::uint32_t> {
 protected:
  Graph after(std::string_view pass, const Graph& graph) {
    Context context{diagnostics_};
    Graph out = find_pass(pass)->function(graph, context);
    EXPECT_FALSE(diagnostics_.has_errors()) << render(diagnostics_);
    const std::vector<std::string> problems = verify(out);
    EXPECT_TRUE(problems.empty()) << pass << ": " << problems[0] << "\n" << to_string(out);
    return out;
  }

  /// What `hoist` is given by the pipeline.
  Graph prepared(bool with_gradients, std::int64_t steps) {
    Graph graph = ir::RandomLoop(GetParam(), steps).build(with_gradients);
    for (const auto* pass : {"differentiate", "expand", "simplify", "merge-common"})
      graph = after(pass, graph);
    return graph;
  }

  void expect_same(const Graph& before, const Graph& after) const {
    const NamedTensors values = inputs(before);
    const std::vector<Tensor> expected = evaluate(before, values), actual = evaluate(after, values);
    ASSERT_EQ(expected.size(), actual.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_LE(distance(expected[i], actual[i]), 1e-12) << "result " << i << "\n"
                                                         << to_string(before) << to_string(after);
  }

  /// Counters count from 0; some ids are no rows.
  NamedTensors inputs(const Graph& graph) const {
    NamedTensors out = ir::random_inputs(graph, GetParam());
    for (auto& [name, tensor] : out)
      for (std::int64_t i = 0; name == "t" && i < tensor.size(); ++i) tensor.set_integer(i, i);
    return out;
  }

  ir::Diagnostics diagnostics_;
};

TEST_P(Loops, PruneKeepsWhatIsRead) {
  for (const std::int64_t steps : {0, 1, 4}) {
    const Graph before = prepared(false, steps), pruned = after("prune", before);
    expect_same(before, pruned);
    EXPECT_LE(nodes_with_bodies(pruned), nodes_with_bodies(before));
  }
}

TEST_P(Loops, HoistKeepsEveryValue) {
  for (const std::int64_t steps : {0, 1, 4}) {
    const Graph before = prepared(false, steps);
    expect_same(before, after("hoist", before));
    if (HasFatalFailure()) return;
  }
}

/// Again, because the second time it meets what it made itself.

TEST_P(Loops, HoistKeepsEveryGradient) {
  for (const std::int64_t steps : {0, 1, 4}) {
    const Graph before = prepared(true, steps), hoisted = after("hoist", before);
    expect_same(before, hoisted);
    expect_same(before, after("hoist", after("prune", hoisted)));
    if (HasFatalFailure()) return;
  }
}

TEST_P(Loops, MergeProductsKeepsEveryValueAndGradient) {
  const Graph graph = ir::RandomLoop(GetParam(), 4).build(true);
  const Graph merged = after("merge-products", graph);
  expect_same(after("differentiate", graph), after("differentiate", merged));
}

INSTANTIATE_TEST_SUITE_P(Random, Loops, testing::Range(0U, 80U));

}  // namespace
}  // namespace gradc::passes
