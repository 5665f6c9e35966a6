// Loops in machine code compute what the interpreter says of their scans.
#include <gtest/gtest.h>

#include <cmath>

#include "driver/compiler.h"
#include "driver/instance.h"
#include "ir/evaluate.h"
#include "ir/print.h"
#include "passes/plan.h"
#include "tests/unit/graph_run.h"
#include "tests/unit/passes_plan_checker.h"
#include "tests/unit/random_scan.h"

namespace gradc::driver {
namespace {

/// The values of a graph's inputs as the caller's, not as storage.
ir::Graph with_callers_inputs(const ir::Graph& graph) {
  ir::Graph out;
  out.name = graph.name;
  for (const ir::NodeId n : nodes(graph)) {
    ir::Node node = graph[n];
    std::vector<ir::NodeId> operands;
    for (const ir::Use& use : graph.operands(n)) operands.push_back(use.def);
    if (node.op == &ir::op::input)
      input(out, node.name, node.type, ir::StorageClass::input);
    else
      out.append(std::move(node), operands);
  }
  return out;
}

std::vector<ir::Tensor> interpreted(const ir::Graph& graph, const ir::NamedTensors& values) {
  ir::Diagnostics diagnostics;
  passes::Options only_gradients;
  only_gradients.passes = {"differentiate"};
  const auto program = passes::run(program_of(graph), only_gradients, diagnostics);
  EXPECT_TRUE(program) << ir::render(diagnostics);
  return evaluate(program->entries[0].graph, values);
}

std::vector<ir::Tensor> compiled(const ir::Graph& graph, const ir::NamedTensors& values,
                                 const CompileOptions& options) {
  ir::Diagnostics diagnostics;
  const auto executable = Executable::compile(program_of(graph), options, diagnostics);
  EXPECT_TRUE(executable) << ir::render(diagnostics);
  const passes::Plan& plan = executable->plan();
  for (const std::string& problem : passes::check(plan))
    ADD_FAILURE() << problem << "\n" << to_string(plan.program.entries[0].graph);

  const Threads threads(1);
  auto instance = Instance::create(*executable, threads, diagnostics);
  const Executable::Entry& entry = executable->entries()[0];
  std::vector<const void*> inputs;
  for (const Port& port : entry.inputs) inputs.push_back(values.at(port.name).data());
  std::vector<ir::Tensor> results;
  for (const Port& port : entry.outputs) results.emplace_back(port.type);
  std::vector<void*> outputs;
  for (ir::Tensor& tensor : results) outputs.push_back(tensor.data());
  instance->call(entry, inputs, outputs);
  return results;
}

void expect_near(const std::vector<ir::Tensor>& actual, const std::vector<ir::Tensor>& expected,
                 const ir::Graph& graph) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::int64_t e = 0; e < expected[i].size(); ++e)
      ASSERT_NEAR(actual[i].real(e), expected[i].real(e),
                  1e-11 * (1 + std::abs(expected[i].real(e))))
          << "result " << i << ", element " << e << "\n"
          << to_string(graph);
}

class Loops : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Loops, ComputeWhatTheInterpreterDoes) {
  const std::uint32_t seed = GetParam();
  const std::int64_t steps = seed % 4 == 0 ? 1 : 2 + seed % 5;
  const ir::Graph graph = with_callers_inputs(ir::RandomScan(seed, steps).build(seed % 5 == 0));
  CompileOptions options;
  options.passes.unroll.mode = passes::Unroll::Mode::none;
  options.passes.optimize = seed % 3 != 0;
  const ir::NamedTensors values = ir::random_inputs(graph, seed);
  expect_near(compiled(graph, values, options), interpreted(graph, values), graph);
}

INSTANTIATE_TEST_SUITE_P(Random, Loops, testing::Range(0U, 30U));

using ir::Value;

/// h = tanh(h @ w) for every step.
Value powers(Value h, Value w, std::int64_t steps) {
  ir::Graph body;
  const Value carried = input(body, "h", h.type(), ir::StorageClass::input);
  const Value weights = input(body, "w", w.type(), ir::StorageClass::input);
  const Value next = tanh(contract(carried, weights, "bi,ij->bj") * 0.2);
  return_(body, std::span(&next, 1), {"h"});
  const Value operands[] = {h, w};
  return ir::scan(h.graph(), operands,
                  to_attributes(ir::Scan{.steps = steps, .scanned = 0, .carried = 1}),
                  std::move(body));
}

/// Products large enough for the contraction engine, whose second factor is the same for all
/// steps, the element of a sequence, carried, or the same for an inner loop only.
TEST(ProductsInLoops, PrepareFactorsWhereTheyChange) {
  constexpr std::int64_t steps = 3, rows = 16, width = 24;
  ir::Graph graph;
  graph.name = "products";
  const auto number = [&](ir::Graph& g, std::string name, ir::Shape shape) {
    return input(g, std::move(name), {ir::DType::f64, std::move(shape)}, ir::StorageClass::input);
  };
  const Value operands[] = {number(graph, "us", {steps, width, width}),
                            number(graph, "h", {rows, width}), number(graph, "v", {width, width}),
                            number(graph, "w", {width, width})};
  ir::Graph body;
  const Value u = number(body, "u", {width, width}), h = number(body, "h", {rows, width}),
              v = number(body, "v", {width, width}), w = number(body, "w", {width, width});
  const Value a = tanh(contract(h, w, "bi,ij->bj") * 0.2),
              b = tanh(contract(a, u, "bi,ij->bj") * 0.2),
              c = tanh(contract(b, v, "bi,ij->bj") * 0.2);
  const Value results[] = {powers(powers(c, w, 2), u, 2), tanh(v + u), c};
  return_(body, results, {"h", "v", "c"});
  const Value out =
      ir::scan(graph, operands, to_attributes(ir::Scan{.steps = steps, .scanned = 1, .carried = 2}),
               std::move(body));
  const Value outputs[] = {result(out, 0), result(out, 2)};
  return_(graph, outputs, {"h", "cs"});

  CompileOptions options;
  options.passes.unroll.mode = passes::Unroll::Mode::none;
  const ir::NamedTensors values = ir::random_inputs(graph, 1);
  expect_near(compiled(graph, values, options), interpreted(graph, values), graph);
}

}  // namespace
}  // namespace gradc::driver
