// The gradient of a scan is that of its steps written out.
#include <set>

#include "graph_run.h"
#include "passed.h"
#include "random_scan.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;

int scans(const Graph& graph) {
  int out = 0;
  for (const ir::NodeId n : nodes(graph)) out += graph[n].op == &ir::op::scan;
  return out;
}

class ScanGradients : public testing::TestWithParam<std::uint32_t> {
 protected:
  void expect_as_unrolled(bool twice) {
    for (const std::int64_t steps : {0, 1, 2, 3, 5, 8}) {
      const Graph graph = ir::RandomScan(GetParam(), steps).build(twice);
      const Graph scanned = passed(differentiate, graph);
      const Graph flat = passed(differentiate, passed(unroll, graph, {Unroll::Mode::full}));
      NamedTensors values = ir::random_inputs(graph, GetParam());
      const std::vector<Tensor> actual = evaluate(scanned, values),
                                expected = evaluate(flat, values);
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_LE(distance(expected[i], actual[i]), 1e-10)
            << steps << " steps, result " << i << "\n"
            << to_string(graph) << to_string(scanned);
      if (!twice) {
        ASSERT_LE(scans(scanned), 2) << "one scan there and one back\n" << to_string(scanned);
      }
    }
  }
};

TEST_P(ScanGradients, AreThoseOfTheStepsWrittenOut) { expect_as_unrolled(false); }
TEST_P(ScanGradients, HaveGradientsToo) { expect_as_unrolled(true); }

/// Along a random direction, for all parameters at once.
TEST_P(ScanGradients, AgreeWithCentralDifferences) {
  const Graph graph = passed(differentiate, ir::RandomScan(GetParam(), 3).build(false));
  const NamedTensors values = ir::random_inputs(graph, GetParam()),
                     direction = ir::random_inputs(graph, GetParam() + 1);
  const std::vector<Tensor> results = evaluate(graph, values);
  const auto names = result_names(graph);
  double expected = 0;
  std::set<std::string> moving;
  for (std::size_t number = 1; number < names.size(); ++number) {
    const std::string name = names[number].name.substr(2);
    if (!values.contains(name)) continue;
    moving.insert(name);
    for (std::int64_t i = 0; i < results[number].size(); ++i)
      expected += results[number].real(i) * direction.at(name).real(i);
  }
  const auto loss_at = [&](double step) {
    NamedTensors moved = values;
    for (const std::string& name : moving)
      for (std::int64_t i = 0; i < moved[name].size(); ++i)
        moved[name].set_real(i, moved[name].real(i) + step * direction.at(name).real(i));
    return evaluate(graph, moved)[0].real(0);
  };
  constexpr double step = 1e-6;
  const double measured = (loss_at(step) - loss_at(-step)) / (2 * step);
  if (to_string(graph).find("stop") != std::string::npos) return;  // differences do not stop
  EXPECT_NEAR(expected, measured, 1e-5 * (1 + std::abs(measured))) << to_string(graph);
}

INSTANTIATE_TEST_SUITE_P(Random, ScanGradients, testing::Range(0U, 60U));

}  // namespace
}  // namespace gradc::passes
