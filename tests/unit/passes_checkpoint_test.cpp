// Gradients do not depend, to the bit, on what is kept in memory for them.
#include "graph_run.h"
#include "ir/ops.h"
#include "passed.h"
#include "random_scan.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;

Graph differentiated(const Graph& graph, const Checkpoint& options) {
  return passed(differentiate, passed(checkpoint, graph, {}, options));
}

void expect_identical(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual,
                      const std::string& what) {
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::int64_t k = 0; k < expected[i].size(); ++k)
      ASSERT_EQ(expected[i].real(k), actual[i].real(k)) << what << ", result " << i;
}

class Checkpointing : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Checkpointing, KeepsTheBitsOfGradients) {
  for (const std::int64_t steps : {1, 2, 3, 4, 5, 7, 9, 16}) {
    const Graph graph = ir::RandomScan(GetParam(), steps).build(false);
    const NamedTensors values = ir::random_inputs(graph, GetParam());
    const std::vector<Tensor> expected = evaluate(differentiated(graph, {}), values);
    for (const std::int64_t size : {0, 2, 3, 4}) {
      const Checkpoint options = size == 0 ? Checkpoint{Checkpoint::Mode::automatic}
                                           : Checkpoint{Checkpoint::Mode::every, size};
      const Graph cut = differentiated(graph, options);
      expect_identical(expected, evaluate(cut, values),
                       fmt::format("{} steps by {}\n{}", steps, size, to_string(cut)));
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(Checkpointing, LeavesGradientsOfGradientsRight) {
  const Graph graph = ir::RandomScan(GetParam(), 5).build(true);
  const NamedTensors values = ir::random_inputs(graph, GetParam());
  const std::vector<Tensor> expected = evaluate(differentiated(graph, {}), values);
  const std::vector<Tensor> actual =
      evaluate(differentiated(graph, {Checkpoint::Mode::every, 2}), values);
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_LE(distance(expected[i], actual[i]), 1e-10) << "result " << i;
}

INSTANTIATE_TEST_SUITE_P(Random, Checkpointing, testing::Range(0U, 30U));

}  // namespace
}  // namespace gradc::passes
