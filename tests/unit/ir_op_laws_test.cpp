// Laws that hold for every op of the catalogue. A new op is covered before its author writes a
// test.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/evaluate.h"
#include "ir/messages.h"
#include "ir/ops.h"
#include "tests/unit/op_example.h"

namespace gradc::ir {
namespace {

class OpLaw : public testing::TestWithParam<const Op*> {
 protected:
  const Op& op() const { return *GetParam(); }
};

/// The ops that codegen and the interpreter know as places, not as computations.
bool is_place(const Op& op) { return !op.kernel && !op.expand; }

TEST_P(OpLaw, IsDocumented) {
  EXPECT_FALSE(op().doc.empty());
  EXPECT_TRUE(op().doc.ends_with('.')) << op().doc;
  EXPECT_EQ(find_op(op().name), &op());
}

TEST_P(OpLaw, HasAKernelOrAnExpansionButNotBoth) { EXPECT_FALSE(op().kernel && op().expand); }

TEST_P(OpLaw, HasExamplesIfItComputes) {
  const bool computes = !is_place(op()) && &op() != &op::fused;
  EXPECT_TRUE(!computes || !op().examples.empty());
}

TEST_P(OpLaw, HasAGradientIfItSaysSo) {
  const bool by_rule = op().differentiability == Differentiability::by_rule;
  EXPECT_EQ(by_rule, op().gradient || op().expand);
}

TEST_P(OpLaw, ExamplesAreWellTyped) {
  for (const Example& example : op().examples) {
    Diagnostics diagnostics;
    EXPECT_TRUE(build(op(), example, diagnostics)) << render(diagnostics);
  }
}

TEST_P(OpLaw, KernelAgreesWithTheInferredType) {
  for (const Example& example : op().examples) {
    Diagnostics diagnostics;
    const auto built = build(op(), example, diagnostics);
    ASSERT_TRUE(built);
    if (!op().kernel) continue;
    const Kernel kernel = kernel_of(built->graph, built->result);
    ASSERT_EQ(kernel.outputs.size(), 1U);
    EXPECT_EQ(kernel.outputs[0].type, built->graph[built->result].type);
  }
}

TEST_P(OpLaw, RefusesOneOperandTooMany) {
  if (op().examples.empty()) return;
  const bool variadic = !op().operands.empty() && op().operands.back().ends_with("...");
  if (variadic) return;
  Example example = op().examples[0];
  example.operands.push_back({{DType::f64, {1}}});
  Diagnostics diagnostics;
  EXPECT_FALSE(build(op(), example, diagnostics));
  EXPECT_EQ(diagnostics.all()[0].message, Message::operand_count);
}

/// d/dt sum(cotangent * op(x + t * direction)) at t = 0, by a central difference.
double numeric_derivative(const Built& built, const std::vector<Tensor>& point,
                          const std::vector<Tensor>& direction, const Tensor& cotangent, double h) {
  const auto objective = [&](double t) {
    std::vector<Tensor> moved = point;
    for (std::size_t slot = 0; slot < moved.size(); ++slot)
      if (is_float(moved[slot].type().dtype))
        for (std::int64_t i = 0; i < moved[slot].size(); ++i)
          moved[slot].set_real(i, point[slot].real(i) + t * direction[slot].real(i));
    const Tensor y = evaluate(built.graph, moved)[0];
    double sum = 0;
    for (std::int64_t i = 0; i < y.size(); ++i) sum += y.real(i) * cotangent.real(i);
    return sum;
  };
  return (objective(h) - objective(-h)) / (2 * h);
}

/// The same by the op's gradient rule.
double analytic_derivative(const Op& op, const Example& example, const std::vector<Tensor>& point,
                           const std::vector<Tensor>& direction, const Tensor& cotangent) {
  Graph graph;
  std::vector<Value> operands = inputs_of(graph, example);
  const Value dy = input(graph, "dy", cotangent.type(), StorageClass::input);
  const Value y = append(graph, op, operands, example.attributes);
  const Gradients gradients = op.gradient(y, dy);
  EXPECT_EQ(gradients.size(), operands.size());

  std::vector<Value> results;
  std::vector<std::string> names;
  std::vector<std::size_t> slots;
  for (std::size_t slot = 0; slot < gradients.size(); ++slot) {
    if (!gradients[slot] || !is_float(operands[slot].dtype())) continue;
    EXPECT_EQ(gradients[slot].type(), operands[slot].type()) << "gradient of operand " << slot;
    results.push_back(gradients[slot]);
    names.push_back("d" + std::to_string(slot));
    slots.push_back(slot);
  }
  return_(graph, results, names);

  std::vector<Tensor> values = point;
  values.push_back(cotangent);
  const std::vector<Tensor> computed = evaluate(graph, values);
  double sum = 0;
  for (std::size_t k = 0; k < slots.size(); ++k)
    for (std::int64_t i = 0; i < computed[k].size(); ++i)
      sum += computed[k].real(i) * direction[slots[k]].real(i);
  return sum;
}

TEST_P(OpLaw, GradientIsTheLimitOfDifferences) {
  if (!op().gradient) return;
  std::mt19937 random(7);
  for (const Example& example : op().examples) {
    Diagnostics diagnostics;
    const auto built = build(op(), example, diagnostics);
    ASSERT_TRUE(built);
    const Type& type = built->graph[built->result].type;
    if (type.dtype != DType::f64) continue;  // differences need the precision
    for (int repetition = 0; repetition < 20; ++repetition) {
      const std::vector<Tensor> point = random_operands(example, random);
      std::vector<Tensor> direction;
      for (const Tensor& operand : point)
        direction.push_back(random_tensor(operand.type(), -1, 1, random));
      const Tensor cotangent = random_tensor(type, -1, 1, random);
      const double numeric = numeric_derivative(*built, point, direction, cotangent, 1e-6);
      const double analytic = analytic_derivative(op(), example, point, direction, cotangent);
      EXPECT_NEAR(analytic, numeric, 1e-7 * std::max(1.0, std::abs(numeric))) << op().name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, OpLaw, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace gradc::ir
