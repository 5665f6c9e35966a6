// What is told of a recurrence before anything runs.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "frontend/elaborate.h"
#include "frontend/parser.h"
#include "ir/ops.h"
#include "passes/initial_size.h"
#include "passes/slopes.h"

namespace gradc::passes {
namespace {

/// A model with a parameter of 30 inputs and 20 outputs that starts like that.
ir::Program model_with(const std::string& initialiser) {
  static ir::Sources sources;
  ir::Diagnostics diagnostics;
  const std::string text = "model M {\n  input x: f32[8, 30]\n  param w: f32[30, 20] ~ " +
                           initialiser +
                           "\n  loss = mean((x @ w)^2)\n"
                           "  step fit minimize loss over all using sgd(lr = 0.1)\n}\n";
  const auto file = frontend::parse(sources.add("test.grad", text), diagnostics);
  auto model = frontend::elaborate(file, {}, sources, diagnostics);
  EXPECT_TRUE(model) << ir::render(diagnostics);
  return std::move(model->program);
}

TEST(InitialSize, IsTheDeviationOfRandomNumbers) {
  const struct {
    const char* initialiser;
    double size;
  } cases[] = {
      {"normal(0.1)", 0.1},
      {"uniform(-0.3, 0.3)", 0.3 / std::sqrt(3)},
      {"glorot_uniform", std::sqrt(2.0 / 50)},
      {"glorot_normal(2)", 2 * std::sqrt(2.0 / 50)},
      {"he_normal", std::sqrt(2.0 / 30)},
      {"lecun_uniform", std::sqrt(1.0 / 30)},
      {"orthogonal(0.5)", 0.5 / std::sqrt(30)},
      {"truncated_normal(0.1)", 0.1 * 0.8796},
  };
  for (const auto& [initialiser, size] : cases) {
    const auto found = initial_size(model_with(initialiser), "w");
    ASSERT_TRUE(found) << initialiser;
    EXPECT_NEAR(*found / size, 1, 0.02) << initialiser;
  }
}

TEST(InitialSize, IsNotKnownOfWhatDoesNotScatterAroundZero) {
  for (const char* initialiser : {"zeros", "ones", "uniform(0, 1)", "eye"})
    EXPECT_FALSE(initial_size(model_with(initialiser), "w")) << initialiser;
  EXPECT_FALSE(initial_size(model_with("normal(1)"), "no such parameter"));
}

constexpr double infinite = std::numeric_limits<double>::infinity();

/// Of an op on operands of which that is known.
Slopes slopes(const ir::Op& op, std::vector<Span> operands) {
  ir::Graph graph;
  std::vector<ir::Value> values;
  for (std::size_t i = 0; i < operands.size(); ++i)
    values.push_back(
        ir::input(graph, fmt::format("x{}", i), {ir::DType::f32, {3}}, ir::StorageClass::input));
  return slopes_of(graph, ir::append(graph, op, values).id(), operands);
}

TEST(Slopes, OfActivationsAreBounded) {
  EXPECT_NEAR(slopes(ir::op::tanh, {{}}).most[0], 1, 1e-6);
  EXPECT_NEAR(slopes(ir::op::sigmoid, {{}}).most[0], 0.25, 1e-6);
  EXPECT_NEAR(slopes(ir::op::erf, {{}}).most[0], 2 / std::sqrt(M_PI), 1e-6);
  EXPECT_NEAR(slopes(ir::op::sigmoid, {{.at_rest = 3}}).at_rest[0], 0.0452, 1e-4);
  const Span gate = slopes(ir::op::sigmoid, {{}}).result;
  EXPECT_NEAR(gate.low, 0, 1e-6);
  EXPECT_NEAR(gate.high, 1, 1e-6);
  EXPECT_EQ(gate.at_rest, 0.5);
}

TEST(Slopes, OfAProductAreTheOtherFactor) {
  const Slopes gated = slopes(ir::op::mul, {{0, 1, 0.5}, {}});
  EXPECT_NEAR(gated.most[1], 1, 1e-6);
  EXPECT_NEAR(gated.at_rest[1], 0.5, 1e-6);
  EXPECT_EQ(gated.most[0], infinite);
}

TEST(Slopes, AreInfiniteWithoutABound) {
  EXPECT_EQ(slopes(ir::op::exp, {{}}).most[0], infinite);
  EXPECT_NEAR(slopes(ir::op::exp, {{-1, 1, 0}}).most[0], std::exp(1), 1e-6);
}

}  // namespace
}  // namespace gradc::passes
