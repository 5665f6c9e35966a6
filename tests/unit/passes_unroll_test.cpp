// However many steps of a scan are written out, it computes the same.
#include "graph_run.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "passed.h"
#include "random_scan.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;

int scans(const Graph& graph) {
  int out = 0;
  for (const ir::NodeId n : nodes(graph)) {
    out += graph[n].op == &ir::op::scan;
    for (const Graph& body : graph[n].bodies) out += scans(body);
  }
  return out;
}

void expect_same(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual,
                 const std::string& what) {
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_LE(distance(expected[i], actual[i]), 1e-10) << what << ", result " << i;
}

class RandomScans : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomScans, ByAFactorKeepsValuesAndGradients) {
  for (const std::int64_t steps : {1, 2, 3, 4, 5, 7, 8, 16, 33}) {
    const Graph graph = ir::RandomScan(GetParam(), steps).build(false);
    const NamedTensors values = ir::random_inputs(graph, GetParam());
    const std::vector<Tensor> expected =
        evaluate(passed(differentiate, passed(unroll, graph, {Unroll::Mode::none})), values);
    for (const std::int64_t factor : {2, 3, 4}) {
      const Graph blocks = passed(unroll, graph, {Unroll::Mode::by_factor, factor});
      ASSERT_EQ(scans(blocks), steps > factor) << to_string(blocks);  // inner ones have two steps
      const std::vector<Tensor> actual = evaluate(passed(differentiate, blocks), values);
      expect_same(expected, actual,
                  fmt::format("{} steps by {}\n{}", steps, factor, to_string(blocks)));
      if (HasFatalFailure()) return;
    }
  }
}

/// The graph of a scan of that many steps, and what `automatic` remarks on it.
std::pair<Graph, std::vector<ir::Message>> chosen(std::int64_t steps) {
  ir::Diagnostics diagnostics(/*wants_remarks=*/true);
  Context context{.diagnostics = diagnostics};
  Graph out = unroll(ir::RandomScan(1, steps).build(false), context);
  std::vector<ir::Message> remarks;
  for (const ir::Diagnostic& diagnostic : diagnostics.all()) remarks.push_back(diagnostic.message);
  return {std::move(out), remarks};
}

TEST(Unrolling, WritesOutFewStepsAndKeepsLongLoops) {
  const auto [few, of_few] = chosen(2);
  EXPECT_EQ(scans(few), 0) << to_string(few);
  EXPECT_EQ(of_few, std::vector(of_few.size(), ir::Message::loop_written_out));
  EXPECT_FALSE(of_few.empty());
  for (const std::int64_t steps : {100, 100'000}) {
    const auto [loop, of_loop] = chosen(steps);
    EXPECT_EQ(scans(loop), 1) << "inner ones have two steps\n" << to_string(loop);
    EXPECT_EQ(std::ranges::count(of_loop, ir::Message::loop_stays), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Random, RandomScans, testing::Range(0U, 30U));

}  // namespace
}  // namespace gradc::passes
