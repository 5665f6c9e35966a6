// Gradients are right, and no more than what is asked for is computed.
#include <gtest/gtest.h>

#include <cmath>

#include "graph_run.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "random_graph.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::NamedTensors;
using ir::Tensor;
using ir::Value;

Graph differentiated(const Graph& graph) {
  ir::Diagnostics diagnostics;
  Context context{diagnostics};
  Graph out = differentiate(graph, context);
  EXPECT_FALSE(diagnostics.has_errors()) << render(diagnostics);
  EXPECT_TRUE(verify(out).empty()) << to_string(out);
  return out;
}

std::size_t result_number(const Graph& graph, std::string_view name) {
  const auto names = result_names(graph);
  return static_cast<std::size_t>(std::ranges::find(names, name, &ir::ResultName::name) -
                                  names.begin());
}

int count(const Graph& graph, const ir::Op& op) {
  int out = 0;
  for (const ir::NodeId n : nodes(graph)) out += graph[n].op == &op;
  return out;
}

class Gradients : public testing::TestWithParam<std::uint32_t> {};

/// Along a random direction, for all parameters at once.
TEST_P(Gradients, AgreeWithCentralDifferences) {
  const Graph graph =
      differentiated(ir::random_graph(GetParam(), {.smooth = true, .gradients = true}));
  NamedTensors values = ir::random_inputs(graph, GetParam());
  const std::vector<Tensor> results = evaluate(graph, values);
  const NamedTensors direction = ir::random_inputs(graph, GetParam() + 1);

  double expected = 0;
  for (const auto& name : result_names(graph)) {
    if (!name.name.starts_with("g_") || !values.contains(name.name.substr(2))) continue;
    const Tensor& gradient = results[result_number(graph, name.name)];
    const Tensor& along = direction.at(name.name.substr(2));
    for (std::int64_t i = 0; i < gradient.size(); ++i) expected += gradient.real(i) * along.real(i);
  }
  const auto loss_at = [&](double step) {
    NamedTensors moved = values;
    for (auto& [name, tensor] : moved)
      for (std::int64_t i = 0; i < tensor.size() && name.starts_with("p"); ++i)
        tensor.set_real(i, tensor.real(i) + step * direction.at(name).real(i));
    return evaluate(graph, moved)[result_number(graph, "loss")].real(0);
  };
  constexpr double step = 1e-5;
  const double measured = (loss_at(step) - loss_at(-step)) / (2 * step);
  EXPECT_NEAR(expected, measured, 1e-6 * (1 + std::abs(measured))) << to_string(graph);
}

INSTANTIATE_TEST_SUITE_P(Random, Gradients, testing::Range(0U, 60U));

class Differentiate : public testing::Test {
 protected:
  Value parameter(std::string name, ir::Shape shape) {
    return input(graph, std::move(name), {ir::DType::f64, std::move(shape)},
                 ir::StorageClass::param);
  }
  Graph returns(Value value) {
    return_(graph, std::span(&value, 1), {"r"});
    return differentiated(graph);
  }
  Graph graph;
};

TEST_F(Differentiate, ComputesOnlyWhatIsAskedFor) {
  const Value x = parameter("x", {2, 3}), w = parameter("w", {3, 4});
  const Value loss = sum(contract(x, w, "ik,kj->ij"), {0, 1});
  const Graph out = returns(gradient(loss, w));
  EXPECT_EQ(count(out, ir::op::contract), 1) << "the gradient of the other factor is not needed\n"
                                             << to_string(out);
}

TEST_F(Differentiate, AnIndependentParameterGetsZeros) {
  const Value x = parameter("x", {2}), w = parameter("w", {3});
  const Graph out = returns(gradient(sum(x * x, {0}), w));
  const std::vector<Tensor> results = evaluate(out, ir::random_inputs(out, 1));
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(results[0].real(i), 0);
}

TEST_F(Differentiate, TheLossItselfHasTheGradientOne) {
  const Value x = parameter("x", {});
  const Graph out = returns(gradient(x, x));
  EXPECT_EQ(evaluate(out, ir::random_inputs(out, 1))[0].real(0), 1);
}

TEST_F(Differentiate, SecondDerivative) {
  const Value x = parameter("x", {});
  const Value first = gradient(x * x * x, x);
  const Graph out = returns(gradient(first, x));
  const NamedTensors values = ir::random_inputs(out, 4);
  EXPECT_NEAR(evaluate(out, values)[0].real(0), 6 * values.at("x").real(0), 1e-12);
}

TEST_F(Differentiate, GradientsOfOneLossShareTheSweep) {
  const Value x = parameter("x", {4}), y = parameter("y", {4});
  const Value loss = sum(tanh(tanh(x * y)), {0});
  const Value dx = gradient(loss, x), dy = gradient(loss, y);
  Graph two = graph;
  const Value both[] = {{two, dx.id()}, {two, dy.id()}};
  return_(two, both, {"a", "b"});
  return_(graph, std::span(&dx, 1), {"a"});
  const std::size_t one_gradient = differentiated(graph).size(),
                    two_gradients = differentiated(two).size();
  EXPECT_EQ(two_gradients, one_gradient + 1) << "the second gradient is one product more";
}

TEST_F(Differentiate, KeepsTheLocationOfWhatItDifferentiates) {
  ir::Sources sources;
  const ir::Source& source = sources.add("m.grad", "loss = tanh(x)");
  const Value x = parameter("x", {});
  graph.location = {&source, 7, 14};
  const Value loss = tanh(x);
  graph.location = {};
  const Graph out = returns(gradient(loss, x));
  int found = 0;
  for (const ir::NodeId n : nodes(out)) found += out[n].location == ir::Location{&source, 7, 14};
  EXPECT_GT(found, 1) << "tanh itself and its gradient";
}

}  // namespace
}  // namespace gradc::passes
