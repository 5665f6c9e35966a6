// The table of passes, and the loop that runs it.
#include "ir/messages.h"
#include "passes/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/ops.h"

namespace gradc::passes {
namespace {

std::size_t position(std::string_view name) {
  const auto passes = pipeline();
  return static_cast<std::size_t>(std::ranges::find(passes, name, &Pass::name) - passes.begin());
}

TEST(Pipeline, KeepsItsConstraints) {
  for (const Constraint& constraint : constraints()) {
    ASSERT_TRUE(find_pass(constraint.first)) << constraint.first;
    ASSERT_TRUE(find_pass(constraint.then)) << constraint.then;
    EXPECT_LT(position(constraint.first), position(constraint.then)) << constraint.reason;
  }
}

/// y = neg(x), with a type that neg does not infer.
ir::Program broken_program() {
  ir::Entry entry{"f", ir::EntryKind::exported, {}, {}};
  const ir::Type type{ir::DType::f32, {4}};
  const ir::Value x = ir::input(entry.graph, "x", type, ir::StorageClass::input);
  const ir::NodeId operands[] = {x.id()};
  const ir::NodeId y =
      entry.graph.append({.op = &ir::op::neg, .type = {ir::DType::f64, {7}}}, operands);
  const ir::Value results[] = {ir::Value(entry.graph, y)};
  ir::return_(entry.graph, results, {"y"});
  ir::Program program{"broken", {}, {}};
  program.entries.push_back(std::move(entry));
  return program;
}

TEST(Pipeline, SaysWhichGraphIsBroken) {
  ir::Diagnostics diagnostics;
  Options options;
  options.passes = std::vector<std::string>();
  options.verify_each = true;
  EXPECT_FALSE(run(broken_program(), options, diagnostics));
  ASSERT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.all()[0].message, ir::Message::broken_graph);
}

}  // namespace
}  // namespace gradc::passes
