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

/// An example of a few steps: operands that differ from step to step, and others that are one for
/// all.
struct StepsExample {
  static constexpr std::int64_t steps = 3;
  const Op& op;
  const Example& example;
  std::vector<bool> has_steps;

  Type type(std::size_t slot) const {
    Type out = example.operands[slot].type;
    if (has_steps[slot]) out.shape.insert(out.shape.begin(), steps);
    return out;
  }

  std::vector<Tensor> random_operands(std::mt19937& random) const {
    std::vector<Tensor> out;
    for (std::size_t slot = 0; slot < has_steps.size(); ++slot) {
      const auto& [_, low, high] = example.operands[slot];
      const bool is_id = !is_float(type(slot).dtype);  // some are no row of the table
      out.push_back(
          random_tensor(type(slot), is_id ? low - 1 : low, is_id ? high + 1 : high, random));
    }
    return out;
  }

  /// The op applied at each step, along a new first axis.
  Graph loop() const {
    Graph body, graph;
    Scan scan{.steps = steps};
    std::vector<std::size_t> order;  // sequences come first
    for (std::size_t slot = 0; slot < has_steps.size(); ++slot)
      if (has_steps[slot]) order.push_back(slot);
    scan.scanned = order.size();
    for (std::size_t slot = 0; slot < has_steps.size(); ++slot)
      if (!has_steps[slot]) order.push_back(slot);

    std::vector<Value> inner(order.size()), outer(order.size());
    for (std::size_t slot = 0; slot < order.size(); ++slot)
      outer[slot] = input(graph, "x" + std::to_string(slot), type(slot), StorageClass::input);
    std::vector<Value> operands;
    for (const std::size_t slot : order) {
      const Type& each = example.operands[slot].type;
      inner[slot] = input(body, "x" + std::to_string(slot), each, StorageClass::input);
      operands.push_back(outer[slot]);
    }
    const Value y = append(body, op, inner, example.attributes);
    return_(body, std::span(&y, 1), {"y"});
    const Value all = ir::scan(graph, operands, to_attributes(scan), std::move(body));
    return_(graph, std::span(&all, 1), {"y"});
    return graph;
  }

  Graph at_once(const StepsRule& rule) const {
    Graph single, graph;
    const Value y = append(single, op, inputs_of(single, example), example.attributes);
    std::vector<OfSteps> operands;
    for (std::size_t slot = 0; slot < has_steps.size(); ++slot)
      operands.push_back({input(graph, "x" + std::to_string(slot), type(slot), StorageClass::input),
                          has_steps[slot]});
    const Value all = rule(y, operands);
    return_(graph, std::span(&all, 1), {"y"});
    return graph;
  }
};

/// Every choice of operands that have steps.
std::vector<StepsExample> steps_examples(const Op& op) {
  std::vector<StepsExample> out;
  for (const Example& example : op.examples) {
    const std::size_t count = example.operands.size();
    for (std::size_t choice = 1; choice < std::size_t{1} << count; ++choice) {
      std::vector<bool> has_steps;
      for (std::size_t slot = 0; slot < count; ++slot) has_steps.push_back(choice >> slot & 1);
      out.push_back({op, example, has_steps});
    }
  }
  return out;
}

void expect_close(const Tensor& expected, const Tensor& actual) {
  ASSERT_EQ(expected.type(), actual.type());
  for (std::int64_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(expected.real(i), actual.real(i), 1e-12 * (1 + std::abs(expected.real(i))));
}

TEST_P(OpLaw, AllStepsAtOnceAreTheStepsOneByOne) {
  const StepsRule rule = steps_rule(op());
  if (!rule) return;
  std::mt19937 random(7);
  for (const StepsExample& example : steps_examples(op())) {
    const std::vector<Tensor> operands = example.random_operands(random);
    expect_close(evaluate(example.loop(), operands)[0],
                 evaluate(example.at_once(rule), operands)[0]);
  }
}

TEST_P(OpLaw, SumOfStepsIsTheSumOfAllOfThem) {
  if (!op().sum_of_steps) return;
  std::mt19937 random(7);
  for (const StepsExample& example : steps_examples(op())) {
    const std::vector<Tensor> operands = example.random_operands(random);
    const auto sum_of_all = [&](Value y, std::span<const OfSteps> xs) {
      return sum(steps_rule(op())(y, xs), {0});
    };
    expect_close(evaluate(example.at_once(sum_of_all), operands)[0],
                 evaluate(example.at_once(op().sum_of_steps), operands)[0]);
  }
}

Tensor sum_of(const Tensor& a, const Tensor& b) {
  Tensor out(a.type());
  for (std::int64_t i = 0; i < a.size(); ++i) out.set_real(i, a.real(i) + b.real(i));
  return out;
}

/// op(a + b) = op(a) + op(b) for the operands of the group, the others being the same
void expect_linear(const Op& op, const Example& example, const std::vector<std::size_t>& group) {
  Diagnostics diagnostics;
  const auto built = build(op, example, diagnostics);
  ASSERT_TRUE(built);
  std::mt19937 random(7);
  const std::vector<Tensor> a = random_operands(example, random);
  std::vector<Tensor> b = a, sums = a;
  for (const std::size_t slot : group) {
    const auto& [type, low, high] = example.operands[slot];
    b[slot] = random_tensor(type, low, high, random);
    sums[slot] = sum_of(a[slot], b[slot]);
  }
  expect_close(sum_of(evaluate(built->graph, a)[0], evaluate(built->graph, b)[0]),
               evaluate(built->graph, sums)[0]);
}

TEST_P(OpLaw, IsLinearWhereItSaysSo) {
  for (const Example& example : op().examples) {
    std::vector<std::size_t> all;
    for (std::size_t slot = 0; slot < example.operands.size(); ++slot) all.push_back(slot);
    if (op().is_linear) expect_linear(op(), example, all);
    for (const auto& group : op().linear_in) expect_linear(op(), example, group);
  }
}

TEST_P(OpLaw, SignsSayWhatAnOpAdds) {
  if (op().signs.empty()) return;
  std::mt19937 random(7);
  for (const Example& example : op().examples) {
    Diagnostics diagnostics;
    const auto built = build(op(), example, diagnostics);
    ASSERT_EQ(op().signs.size(), example.operands.size());
    const std::vector<Tensor> operands = random_operands(example, random);
    Tensor expected(operands[0].type());
    for (std::size_t slot = 0; slot < operands.size(); ++slot)
      for (std::int64_t i = 0; i < expected.size(); ++i)
        expected.set_real(i, expected.real(i) + op().signs[slot] * operands[slot].real(i));
    expect_close(expected, evaluate(built->graph, operands)[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, OpLaw, testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

}  // namespace
}  // namespace gradc::ir
