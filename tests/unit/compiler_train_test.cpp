// The whole line, from text to trained parameters.
#include <gtest/gtest.h>

#include <cmath>

#include "driver/gradient_check.h"
#include "driver/instance.h"
#include "frontend/graph_text.h"
#include "frontend/parser.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::driver {
namespace {

constexpr const char* xor_model = R"(
model Xor {
  dim B = 4
  input x: f32[B, 2]
  input y: f32[B, 1]
  p = x |> Dense(8, act = tanh) |> Dense(1)
  loss = mean(bce_logits(p, y))
  step fit minimize loss over all using sgd(lr = 0.5, momentum = 0.9)
  export predict = sigmoid(p)
}
)";

ir::Program elaborated(const char* text, ir::DType float_type) {
  static ir::Sources sources;
  ir::Diagnostics diagnostics;
  const auto file = frontend::parse(sources.add("test.grad", text), diagnostics);
  frontend::Options options;
  options.float_type = float_type;
  auto model = frontend::elaborate(file, options, sources, diagnostics);
  EXPECT_TRUE(model) << ir::render(diagnostics);
  return std::move(model->program);
}

/// Trains XOR for 500 steps: all of its parameters, and what it predicts.
struct Trained {
  Safetensors parameters;
  std::vector<float> predictions;
};
Trained train_xor(int thread_count) {
  ir::Diagnostics diagnostics;
  const auto executable =
      Executable::compile(elaborated(xor_model, ir::DType::f32), {}, diagnostics);
  EXPECT_TRUE(executable) << ir::render(diagnostics);
  const Threads threads(thread_count);
  auto instance = Instance::create(*executable, threads, diagnostics);
  instance->initialize(3);
  const float x[] = {0, 0, 0, 1, 1, 0, 1, 1};
  const float y[] = {0, 1, 1, 0};
  float loss = 0;
  const void* inputs[] = {x, y};
  void* losses[] = {&loss};
  for (int i = 0; i < 500; ++i) instance->call(*executable->find_entry("fit"), inputs, losses);
  Trained out{instance->save(true), std::vector<float>(4)};
  void* predictions[] = {out.predictions.data()};
  instance->call(*executable->find_entry("predict"), std::span(inputs, 1), predictions);
  return out;
}

TEST(Train, LearnsXor) {
  const Trained trained = train_xor(1);
  const float y[] = {0, 1, 1, 0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(trained.predictions[i], y[i], 0.1F);
}

TEST(Train, GivesTheSameBitsAgainAndOnTwoThreads) {
  const Trained once = train_xor(1);
  EXPECT_EQ(once.parameters, train_xor(1).parameters);
  EXPECT_EQ(once.parameters, train_xor(2).parameters);
}

TEST(Instance, SaysWhenThereIsNoMemory) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  const auto& source = sources.add("huge.graph",
                                   "graph f(param w: f32[137438953472]) {\n"
                                   "  s = sum(w) {axes = [0]} : f32\n"
                                   "  return s = s\n}\n");
  auto program = frontend::parse_graphs(source, diagnostics);
  ASSERT_TRUE(program) << ir::render(diagnostics);
  const auto executable = Executable::compile(std::move(*program), {}, diagnostics);
  ASSERT_TRUE(executable) << ir::render(diagnostics);
  EXPECT_FALSE(Instance::create(*executable, Threads(1), diagnostics));
  ASSERT_EQ(diagnostics.error_count(), 1U);
  EXPECT_EQ(diagnostics.all()[0].message, ir::Message::out_of_memory);
}

/// The graph with every `tanh` replaced by an op that is like it, but for the sign of its gradient.
ir::Graph with_wrong_tanh(const ir::Graph& graph) {
  static const ir::Op wrong = [] {
    ir::Op op = ir::op::tanh;
    op.gradient = [](ir::Value y, ir::Value dy) -> ir::Gradients { return {dy * (y * y - 1)}; };
    return op;
  }();
  ir::Graph out;
  for (const ir::NodeId n : ir::nodes(graph)) {
    ir::Node node = graph[n];
    if (node.op == &ir::op::tanh) node.op = &wrong;
    std::vector<ir::NodeId> operands;
    for (const ir::Use& use : graph.operands(n)) operands.push_back(use.def);
    out.append(std::move(node), operands);
  }
  return out;
}

std::vector<ParameterCheck> check(const ir::Program& program) {
  ir::Diagnostics diagnostics;
  const auto checks = check_gradients(program, {}, {}, {}, diagnostics);
  EXPECT_TRUE(checks) << ir::render(diagnostics);
  return checks.value_or(std::vector<ParameterCheck>());
}

TEST(GradientCheck, PassesWhereGradientsAreRight) {
  const auto checks = check(elaborated(xor_model, ir::DType::f64));
  ASSERT_EQ(checks.size(), 4U);
  for (const ParameterCheck& found : checks) {
    EXPECT_TRUE(found.passed) << found.parameter << " " << found.worst_error;
    EXPECT_GT(found.largest, 0) << found.parameter;
  }
}

TEST(GradientCheck, CatchesAWrongSign) {
  ir::Program program = elaborated(xor_model, ir::DType::f64);
  for (ir::Entry& entry : program.entries) entry.graph = with_wrong_tanh(entry.graph);
  const auto checks = check(program);
  ASSERT_EQ(checks.size(), 4U);
  // The first layer lies behind the wrong rule, the second does not. Worst first.
  EXPECT_FALSE(checks[0].passed);
  EXPECT_FALSE(checks[1].passed);
  EXPECT_TRUE(checks[2].passed);
  EXPECT_TRUE(checks[3].passed);
}

}  // namespace
}  // namespace gradc::driver
