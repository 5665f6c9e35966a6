// Passes keep the meaning of every graph.
#include <gtest/gtest.h>

#include <cmath>

#include "graph_run.h"
#include "ir/order.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "random_graph.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;

/// Largest difference, relative to the largest value.
double distance(const Tensor& a, const Tensor& b) {
  double difference = 0, scale = 1;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double x = a.real(i), y = b.real(i);
    if ((std::isnan(x) && std::isnan(y)) || x == y) continue;
    if (!std::isfinite(x) || !std::isfinite(y)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(x - y));
    scale = std::max(scale, std::abs(x));
  }
  return difference / scale;
}

void expect_same_meaning(const Graph& graph, const std::vector<Tensor>& expected,
                         const NamedTensors& values, const std::string& what) {
  const std::vector<std::string> problems = verify(graph);
  ASSERT_TRUE(problems.empty()) << what << ": " << problems[0] << "\n" << to_string(graph);
  const std::vector<Tensor> actual = evaluate(graph, values);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].type(), expected[i].type()) << what;
    ASSERT_LE(distance(actual[i], expected[i]), 1e-11) << what << ", result " << i << "\n"
                                                       << to_string(graph);
  }
}

class Meaning : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Meaning, EveryPassAlone) {
  const Graph graph = ir::random_graph(GetParam(), {.commits = true});
  const NamedTensors values = ir::random_inputs(graph, GetParam());
  const std::vector<Tensor> expected = evaluate(graph, values);
  ir::Diagnostics diagnostics;
  Context context{diagnostics};
  for (const Pass& pass : pipeline()) {
    if (pass.name == "fuse") continue;  // wants no composite ops
    expect_same_meaning(pass.function(graph, context), expected, values, std::string(pass.name));
    if (HasFatalFailure()) return;
  }
}

TEST_P(Meaning, TheWholePipelineStepByStep) {
  const Graph graph = ir::random_graph(GetParam(), {.commits = true});
  const NamedTensors values = ir::random_inputs(graph, GetParam());
  const std::vector<Tensor> expected = evaluate(graph, values);
  for (const bool optimize : {true, false}) {
    ir::Diagnostics diagnostics;
    Context context{diagnostics, optimize};
    Graph current = graph;
    for (const Pass& pass : pipeline()) {
      current = pass.function(current, context);
      expect_same_meaning(current, expected, values, std::string(pass.name));
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(Meaning, AnyTopologicalOrderWillDo) {
  const Graph graph =
      ir::random_graph(GetParam(), {.smooth = true, .gradients = true, .commits = true});
  const NamedTensors values = ir::random_inputs(graph, GetParam());
  std::vector<Tensor> expected;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    ir::Diagnostics diagnostics;
    const auto program =
        run(ir::program_of(graph), {.verify_each = true, .shuffle_seed = seed}, diagnostics);
    ASSERT_TRUE(program) << render(diagnostics);
    const Graph& result = program->entries[0].graph;
    if (expected.empty())
      expected = evaluate(result, values);
    else
      expect_same_meaning(result, expected, values, "shuffled");
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Meaning, testing::Range(0U, 60U));

}  // namespace
}  // namespace gradc::passes
