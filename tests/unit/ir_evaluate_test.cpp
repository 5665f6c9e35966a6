#include "ir/evaluate.h"

#include <gtest/gtest.h>

#include "ir/ops.h"

namespace gradc::ir {
namespace {

Type f64(Shape shape) { return {DType::f64, std::move(shape)}; }

Tensor tensor(Shape shape, std::vector<double> values) {
  return Tensor(std::move(shape), std::span<const double>(values));
}

TEST(Evaluate, GivesResultsInTheirOrder) {
  Graph graph;
  const Value x = input(graph, "x", f64({2}), StorageClass::input);
  const Value w = input(graph, "w", f64({2}), StorageClass::param);
  const Value results[] = {x * w, w, x - 1.0};
  return_(graph, results, {"y", "<-w", "z"});
  const auto out = evaluate(graph, std::vector{tensor({2}, {1, 2}), tensor({2}, {3, 4})});
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0], tensor({2}, {3, 8}));
  EXPECT_EQ(out[1], tensor({2}, {3, 4}));
  EXPECT_EQ(out[2], tensor({2}, {0, 1}));
}

TEST(Evaluate, ReadsConstantsAndViews) {
  Graph graph;
  const Value table = constant(graph, f64({2, 2}), {1, 2, 3, 4});
  const Value y = reshape(table, {4}) * 2.0;
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_EQ(evaluate(graph, {})[0], tensor({4}, {2, 4, 6, 8}));
}

TEST(Evaluate, ExpandsCompositeOps) {
  Graph graph;
  const Value x = input(graph, "x", f64({1, 2}), StorageClass::input);
  const Value y = softmax(x, {1});
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_EQ(evaluate(graph, std::vector{tensor({1, 2}, {5, 5})})[0], tensor({1, 2}, {0.5, 0.5}));
}

TEST(Evaluate, ReadsResultsOfFusedNodes) {
  Graph body;
  const Value a = input(body, "a", f64({2}), StorageClass::input);
  const Value results[] = {a + 1.0, a * 2.0};
  return_(body, results, {"r0", "r1"});

  Graph graph;
  const Value x = input(graph, "x", f64({2}), StorageClass::input);
  const Value group = fused(graph, std::span(&x, 1), body);
  const Value y = result(group, 1) - result(group, 0);
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_EQ(evaluate(graph, std::vector{tensor({2}, {3, 5})})[0], tensor({2}, {2, 4}));
}

TEST(Evaluate, LeavesOutWhatNobodyNeeds) {
  Graph graph;
  const Value x = input(graph, "x", f64({}), StorageClass::input);
  gradient(x * x, x);  // has no value until it is replaced
  const Value y = x + 1.0;
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_EQ(evaluate(graph, std::vector{tensor({}, {2})})[0], tensor({}, {3}));
}

}  // namespace
}  // namespace gradc::ir
