#include "ir/compose.h"

#include <algorithm>

#include "compose_law.h"

namespace gradc::ir {
namespace {

Kernel composed(const Graph& body) {
  auto kernel = compose(body);
  EXPECT_TRUE(kernel) << "the body does not fit one loop nest";
  if (!kernel) return {};
  expect_same(*kernel, body);
  return *kernel;
}

using Extents = std::vector<std::int64_t>;

TEST(Compose, ElementwiseChain) {
  Body body;
  const Value x = body.input({3, 4}), y = body.input({3, 4});
  const Kernel kernel = composed(body.returns({tanh(x * y + 1.0) - y}));
  EXPECT_EQ(kernel.extents, (Extents{3, 4}));
  EXPECT_EQ(kernel.parallel, 2U);
  EXPECT_EQ(kernel.accesses.size(), 2U);
}

TEST(Compose, OneOpIsItsKernel) {
  Body body;
  const Value a = body.input({3, 4}), b = body.input({4, 5});
  const Value c = contract(a, b, "ik,kj->ij");
  const Kernel expected = kernel_of(body.graph(), c.id());
  EXPECT_EQ(composed(body.returns({c})), expected);
}

TEST(Compose, BiasAndReluAfterContraction) {
  Body body;
  const Value x = body.input({3, 4}), w = body.input({4, 5}), b = body.input({5});
  const Value sum = contract(x, w, "ik,kj->ij") + broadcast(b, {3, 5}, {1});
  const Kernel kernel = composed(body.returns({max(sum, body.number({3, 5}, 0))}));
  EXPECT_EQ(kernel.extents, (Extents{3, 5, 4}));
  EXPECT_EQ(kernel.parallel, 2U);
  EXPECT_FALSE(stage(kernel).varies[kernel.outputs[0].value]);
}

TEST(Compose, SkipConnectionFollowsTheProduct) {
  Body body;
  const Value x = body.input({4, 4}), w = body.input({4, 4});
  const Kernel kernel = composed(body.returns({contract(x, w, "ik,kj->ij") + x}));
  EXPECT_EQ(kernel.accesses.size(), 3U);  // x as a factor, w, x as a summand
}

TEST(Compose, ElementwiseProducersOfAContraction) {
  Body body;
  const Value x = body.input({3, 4}), w = body.input({4, 5});
  composed(body.returns({contract(sigmoid(x), w * 2.0, "ik,kj->ij")}));
}

Value softmax_parts(Value x, std::vector<std::int64_t> axes) {
  const Value e = exp(x - along(reduce_max(x, axes), x, axes));
  return e / along(sum(e, axes), x, axes);
}

TEST(Compose, SoftmaxIsOneKernelOfThreePasses) {
  Body body;
  const Value x = body.input({3, 5});
  const Kernel kernel = composed(body.returns({softmax_parts(x, {1})}));
  EXPECT_EQ(stage(kernel).passes, 2);
  EXPECT_EQ(kernel.extents, (Extents{3, 5}));
  EXPECT_EQ(kernel.parallel, 1U);
  EXPECT_EQ(kernel.accesses.size(), 1U);
}

TEST(Compose, SoftmaxOverColumnsReadsEachElementAtOnePlace) {
  Body body;
  const Value x = body.input({3, 5});
  const Kernel kernel = composed(body.returns({softmax_parts(x, {0})}));
  EXPECT_EQ(kernel.extents, (Extents{5, 3}));
  EXPECT_EQ(kernel.accesses.size(), 1U);
}

TEST(Compose, SoftmaxOverEqualAxes) {
  Body body;
  const Value x = body.input({2, 5, 5});
  const Kernel kernel = composed(body.returns({softmax_parts(x, {1, 2})}));
  EXPECT_EQ(kernel.accesses.size(), 1U);
}

TEST(Compose, SumOfSquares) {
  Body body;
  const Value x = body.input({3, 4});
  const Kernel kernel = composed(body.returns({sum(x * x, {0, 1}) * 0.5}));
  EXPECT_EQ(kernel.parallel, 0U);
  EXPECT_EQ(kernel.extents, (Extents{3, 4}));
}

TEST(Compose, LayerNorm) {
  Body body;
  const Value x = body.input({3, 8}), gain = body.input({8});
  const Value centred = x - along(sum(x, {1}) / 8.0, x, {1});
  const Value variance = sum(centred * centred, {1}) / 8.0;
  const Value scaled = centred / along(sqrt(variance + 1e-5), x, {1});
  const Kernel kernel = composed(body.returns({scaled * broadcast(gain, {3, 8}, {1})}));
  EXPECT_EQ(stage(kernel).passes, 2);
}

TEST(Compose, ReductionWithSmallAndFullResults) {
  Body body;
  const Value x = body.input({3, 8});
  const Value mean = sum(x, {1}) / 8.0;
  const Kernel kernel = composed(body.returns({x - along(mean, x, {1}), mean}));
  EXPECT_EQ(kernel.outputs.size(), 2U);
}

TEST(Compose, BroadcastOfAReductionTakesTheReductionLoop) {
  Body body;
  const Value x = body.input({3, 8});
  composed(body.returns({along(sum(x, {1}), x, {1})}));
}

TEST(Compose, ColumnSumsRunInParallelOverColumns) {
  Body body;
  const Value x = body.input({3, 8});
  const Kernel kernel = composed(body.returns({sum(exp(x), {0})}));
  EXPECT_EQ(kernel.extents, (Extents{8, 3}));
  EXPECT_EQ(kernel.parallel, 1U);
}

TEST(Compose, BroadcastsOfRowsAndColumns) {
  Body body;
  const Value x = body.input({3, 4}), row = body.input({4}), column = body.input({3});
  composed(body.returns({x * broadcast(exp(row), {3, 4}, {1}) + broadcast(column, {3, 4}, {0})}));
}

TEST(Compose, PaddedValueIsGuarded) {
  Body body;
  const Value x = body.input({3});
  const Kernel kernel = composed(body.returns({pad(exp(x), {1}, {2}, {0}) + 1.0}));
  const auto is_select = [](const Instruction& i) { return i.op == ScalarOp::select; };
  EXPECT_EQ(std::ranges::count_if(kernel.body, is_select), 1);
}

TEST(Compose, SliceAndPadOfAnOperandNeedNoGuard) {
  Body body;
  const Value x = body.input({6});
  const Kernel kernel =
      composed(body.returns({pad(x, {1}, {1}, {1}) * pad(slice(x, {1}, {4}, {1}), {3}, {6}, {0})}));
  EXPECT_EQ(kernel.accesses.size(), 2U);
}

TEST(Compose, ShiftedReadsOfOneProducer) {
  Body body;
  const Value y = exp(body.input({8}));
  composed(body.returns({slice(y, {1}, {7}, {1}) - slice(y, {0}, {7}, {1})}));
}

TEST(Compose, SeveralResults) {
  Body body;
  const Value p = body.input({7}), m = body.input({7}), v = body.input({7}), g = body.input({7});
  const Value next_m = m * 0.9 + g * 0.1;
  const Value next_v = v * 0.99 + g * g * 0.01;
  const Kernel kernel =
      composed(body.returns({p - next_m / (sqrt(abs(next_v)) + 1e-8), next_m, next_v}));
  EXPECT_EQ(kernel.outputs.size(), 3U);
  EXPECT_EQ(kernel.accesses.size(), 4U);
}

TEST(Compose, ResultsInTwoOrders) {
  Body body;
  const Value y = exp(body.input({3, 4}));
  const Kernel kernel = composed(body.returns({y, transpose(y, {1, 0})}));
  EXPECT_EQ(kernel.outputs[1].coordinates, (Coordinates{loop_index(1), loop_index(0)}));
}

TEST(Compose, UnrelatedResultsOfOneShape) {
  Body body;
  const Value x = body.input({3, 4}), y = body.input({3, 4});
  composed(body.returns({exp(x), tanh(y), x}));
}

TEST(Compose, ReshapeThatSplitsAnAxis) {
  Body body;
  const Value x = body.input({6, 4});
  composed(body.returns({exp(reshape(tanh(x), {2, 3, 1, 4}))}));
}

TEST(Compose, ReshapeOfUnitAxes) {
  Body body;
  const Value x = body.input({1, 8, 1});
  composed(body.returns({exp(reshape(x * 2.0, {8})), tanh(x)}));
}

TEST(Compose, GatherWithComputedIds) {
  Body body;
  const Value table = body.input({5, 3}), ids = body.input({4}, DType::i32);
  const Value shifted = ids - splat(ids, 1);
  composed(body.returns({exp(gather(table, shifted)) * 2.0}));
}

TEST(Compose, ScatterOfComputedUpdates) {
  Body body;
  const Value ids = body.input({6}, DType::i32), updates = body.input({6, 2});
  const Kernel kernel = composed(body.returns({scatter_add(ids, tanh(updates), 4)}));
  EXPECT_TRUE(kernel.outputs[0].accumulate);
}

TEST(Compose, RandomNumbersAndIndices) {
  Body body;
  const Value seed = body.input({}, DType::i64), step = body.input({}, DType::i64);
  const Value noise = random(seed, step, f64({3, 4}), 9);
  composed(body.returns({transpose(noise, {1, 0}) + iota(body.graph(), f64({4, 3}), 0)}));
}

TEST(Compose, ConcatenationOfComputedParts) {
  Body body;
  const Value parts[] = {exp(body.input({2, 3})), tanh(body.input({2, 4}))};
  composed(body.returns({concat(parts, 1) * 2.0}));
}

TEST(Compose, ArgmaxBesideMax) {
  Body body;
  const Value x = body.input({3, 4});
  composed(body.returns({argmax(x, {1}), reduce_max(x, {1})}));
}

TEST(Compose, ResultIsAnOperand) {
  Body body;
  const Value x = body.input({3, 4});
  composed(body.returns({x}));
}

TEST(Compose, EmptyTensors) {
  Body body;
  const Value x = body.input({0, 4});
  composed(body.returns({sum(exp(x), {0})}));
}

TEST(Compose, EveryOpAlone) {
  for (const Op* op : all_ops()) {
    if (!op->kernel || op == &op::fused) continue;
    for (const Example& example : op->examples) {
      SCOPED_TRACE(op->name);
      Body body;
      std::vector<Value> operands;
      for (const ExampleOperand& operand : example.operands)
        operands.push_back(body.input(operand.type.shape, operand.type.dtype));
      const Value y = append(body.graph(), *op, operands, example.attributes);
      composed(body.returns({y}));
    }
  }
}

// ---- What does not fit one loop nest ------------------------------------------------------------

TEST(ComposeRefuses, TwoProductsInARow) {
  Body body;
  const Value a = body.input({3, 4}), b = body.input({4, 5}), c = body.input({5, 6});
  EXPECT_FALSE(compose(body.returns({contract(contract(a, b, "ik,kj->ij"), c, "ik,kj->ij")})));
}

TEST(ComposeRefuses, ReductionOfAReduction) {
  Body body;
  const Value x = body.input({3, 4});
  EXPECT_FALSE(compose(body.returns({sum(exp(sum(x, {1})), {0})})));
}

TEST(ComposeRefuses, ReductionReadAlongOtherLoops) {
  Body body;
  const Value x = body.input({4, 4});
  const Value rows = broadcast(sum(x, {1}), {4, 4}, {1});  // row sums laid out as a row
  EXPECT_FALSE(compose(body.returns({x * rows})));
}

TEST(ComposeRefuses, ResultsOfDifferentShapes) {
  Body body;
  const Value y = exp(body.input({4}));
  EXPECT_FALSE(compose(body.returns({broadcast(y, {3, 4}, {1}), y})));
}

TEST(ComposeRefuses, TablesOfConstants) {
  Body body;
  const Value x = body.input({2});
  EXPECT_FALSE(compose(body.returns({x + constant(body.graph(), f64({2}), {1, 2})})));
}

TEST(ComposeRefuses, CompositeOps) {
  Body body;
  EXPECT_FALSE(compose(body.returns({softmax(body.input({3, 4}), {1})})));
}

TEST(ComposeRefuses, ComputedTables) {
  Body body;
  const Value table = exp(body.input({5})), ids = body.input({3}, DType::i32);
  EXPECT_FALSE(compose(body.returns({gather(table, ids)})));
}

TEST(ComposeRefuses, ResultsBesideAScatter) {
  Body body;
  const Value ids = body.input({6}, DType::i32), updates = exp(body.input({6}));
  EXPECT_FALSE(compose(body.returns({scatter_add(ids, updates, 4), updates})));
}

}  // namespace
}  // namespace gradc::ir
