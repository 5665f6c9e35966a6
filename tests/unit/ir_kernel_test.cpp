#include "ir/kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/ops.h"

namespace gradc::ir {
namespace {

Type f64(Shape shape) { return {DType::f64, std::move(shape)}; }

Tensor tensor(Shape shape, std::vector<double> values) {
  return Tensor(std::move(shape), std::span<const double>(values));
}

std::vector<double> values_of(const Tensor& tensor) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < tensor.size(); ++i) out.push_back(tensor.real(i));
  return out;
}

std::vector<Tensor> run(const Kernel& kernel, const std::vector<Tensor>& operands) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& operand : operands) pointers.push_back(&operand);
  return evaluate(kernel, pointers);
}

using Values = std::vector<double>;

TEST(Affine, HasOneForm) {
  EXPECT_EQ(loop_index(1) + -1 * loop_index(1), Affine{});
  EXPECT_EQ(2 * loop_index(0) + loop_index(2) + 3, (Affine{std::vector<std::int64_t>{2, 0, 1}, 3}));
  EXPECT_EQ(0 * loop_index(2), Affine{});
}

TEST(Affine, KnowsItsRange) {
  const std::vector<std::int64_t> extents = {4, 3};
  const Interval range = range_of(2 * loop_index(0) + -1 * loop_index(1) + 1, extents);
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 7);
}

TEST(KernelBuilder, SharesEqualInstructions) {
  KernelBuilder builder({3}, 1, {f64({3})});
  const Scalar a = exp(builder.load(0)) + 1.0;
  const Scalar b = exp(builder.load(0)) + 1.0;
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(builder.kernel().accesses.size(), 1U);
  EXPECT_NE(builder.constant(DType::f64, 0.0).id, builder.constant(DType::f64, -0.0).id);
}

TEST(KernelBuilder, KnowsResultTypes) {
  KernelBuilder builder({3}, 1, {f64({3})});
  const Scalar x = builder.load(0);
  EXPECT_EQ(lt(x, x).dtype(), DType::boolean);
  EXPECT_EQ(select(lt(x, x), x, x).dtype(), DType::f64);
  EXPECT_EQ(builder.append(ScalarOp::reduce_argmax, {x}).dtype(), DType::i32);
  EXPECT_EQ(cast(x, DType::f64).id, x.id);
}

/// softmax over the last of two axes
Kernel softmax_kernel() {
  KernelBuilder builder({2, 3}, 1, {f64({2, 3})});
  const Scalar x = builder.load(0);
  const Scalar e = exp(x - builder.append(ScalarOp::reduce_max, {x}));
  builder.output(e / builder.append(ScalarOp::reduce_add, {e}), f64({2, 3}));
  return builder.finish();
}

TEST(Kernel, StagesCountPasses) {
  const Staging staging = stage(softmax_kernel());
  EXPECT_EQ(staging.passes, 2);
  EXPECT_EQ(staging.stage, (std::vector<int>{0, 1, 1, 1, 2, 2}));
  EXPECT_EQ(staging.varies, (std::vector<bool>{true, false, true, true, false, true}));
}

TEST(Kernel, PrintsAnInstructionALine) {
  EXPECT_EQ(to_string(softmax_kernel()),
            "kernel [2 | 3] (f64[2, 3])\n"
            "  v0 = load x0[i0, i1] : f64\n"
            "  v1 = reduce_max v0 : f64\n"
            "  v2 = sub v0 v1 : f64\n"
            "  v3 = exp v2 : f64\n"
            "  v4 = reduce_add v3 : f64\n"
            "  v5 = div v3 v4 : f64\n"
            "  y0[i0, i1] = v5 : f64[2, 3]\n");
}

TEST(Kernel, PrintsWhereAccessesGo) {
  KernelBuilder builder({4}, 1, {f64({4, 9}), {DType::i32, {4}}});
  const Scalar id = builder.load(1);
  Coordinates at = {Coordinate(-1 * loop_index(0) + -2, 1, id.id),
                    Coordinate(2 * loop_index(0) + 1, 3)};
  builder.output({builder.load(0, at).id, f64({}), {}, true});
  EXPECT_EQ(to_string(builder.kernel()),
            "kernel [4] (f64[4, 9], i32[4])\n"
            "  v0 = load x1[i0] : i32\n"
            "  v1 = load x0[-i0 - 2 + v0, (2*i0 + 1) / 3] : f64\n"
            "  y0[] += v1 : f64\n");
}

TEST(Kernel, KnowsWhichAccessesStayInside) {
  KernelBuilder builder({4}, 1, {f64({8})});
  const auto inside = [&](const Affine& affine, std::int64_t divisor = 1) {
    return always_inside(builder.kernel(), {0, {Coordinate(affine, divisor)}});
  };
  EXPECT_TRUE(inside(2 * loop_index(0) + 1));
  EXPECT_FALSE(inside(2 * loop_index(0) + 2));
  EXPECT_FALSE(inside(loop_index(0) + -1));
  EXPECT_TRUE(inside(4 * loop_index(0), 2));
  EXPECT_FALSE(inside(loop_index(0), 2));
}

// ---- The interpreter ----------------------------------------------------------------------------

TEST(Kernel, EvaluatesStages) {
  const Tensor y = run(softmax_kernel(), {tensor({2, 3}, {1, 2, 3, 1000, 1000, 1000})})[0];
  const double total = std::exp(-2) + std::exp(-1) + 1;
  EXPECT_NEAR(y.real(0), std::exp(-2) / total, 1e-15);
  EXPECT_NEAR(y.real(4), 1.0 / 3, 1e-15);
}

TEST(Kernel, EvaluatesContractions) {
  const Type a = f64({2, 3}), b = f64({3, 2}), c = f64({2, 2});
  const Kernel kernel = contraction("ik,kj->ij", a, b, c);
  EXPECT_EQ(kernel.extents, (std::vector<std::int64_t>{2, 2, 3}));
  const Tensor y =
      run(kernel, {tensor(a.shape, {1, 2, 3, 4, 5, 6}), tensor(b.shape, {1, 0, 0, 1, 1, 1})})[0];
  EXPECT_EQ(values_of(y), (Values{4, 5, 10, 11}));
}

TEST(Kernel, AnOuterProductReducesNothing) {
  const Kernel kernel = contraction("i,j->ij", f64({2}), f64({3}), f64({2, 3}));
  EXPECT_EQ(stage(kernel).passes, 0);
}

TEST(Kernel, ReadsZeroOutside) {
  KernelBuilder builder({5}, 1, {f64({2})});
  builder.output(builder.load(0, {Coordinate(loop_index(0) + -1, 2)}), f64({5}));
  EXPECT_EQ(values_of(run(builder.finish(), {tensor({2}, {7, 8})})[0]), (Values{0, 7, 0, 8, 0}));
}

TEST(Kernel, GathersAndScatters) {
  const std::int32_t numbers[] = {2, 0, 9, 2};
  const Tensor ids({4}, std::span<const std::int32_t>(numbers));

  KernelBuilder gather({4}, 1, {f64({3}), ids.type()});
  const Coordinates row = {Coordinate({}, 1, gather.load(1).id)};
  gather.output(gather.load(0, row), f64({4}));
  EXPECT_EQ(values_of(run(gather.finish(), {tensor({3}, {5, 6, 7}), ids})[0]),
            (Values{7, 5, 0, 7}));

  KernelBuilder scatter({4}, 1, {f64({4}), ids.type()});
  const ScalarId id = scatter.load(1).id;
  scatter.output({scatter.load(0).id, f64({3}), {Coordinate({}, 1, id)}, true});
  EXPECT_EQ(values_of(run(scatter.finish(), {tensor({4}, {1, 2, 3, 4}), ids})[0]),
            (Values{2, 0, 5}));
}

TEST(Kernel, ReducesNothingToTheIdentity) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto reduced = [](ScalarOp op) {
    KernelBuilder builder({0}, 0, {f64({0})});
    const Scalar y = builder.append(op, {builder.load(0)});
    builder.output(y, {y.dtype(), {}});
    return run(builder.finish(), {Tensor(f64({0}))})[0].real(0);
  };
  EXPECT_EQ(reduced(ScalarOp::reduce_add), 0);
  EXPECT_EQ(reduced(ScalarOp::reduce_mul), 1);
  EXPECT_EQ(reduced(ScalarOp::reduce_max), -infinity);
  EXPECT_EQ(reduced(ScalarOp::reduce_min), infinity);
  EXPECT_EQ(reduced(ScalarOp::reduce_argmax), 0);
}

TEST(Kernel, ArgmaxGivesTheFirstInRowMajorOrder) {
  KernelBuilder builder({2, 3}, 0, {f64({2, 3})});
  builder.output(builder.append(ScalarOp::reduce_argmax, {builder.load(0)}), {DType::i32, {}});
  EXPECT_EQ(run(builder.finish(), {tensor({2, 3}, {1, 2, 5, 0, 5, 3})})[0].integer(0), 2);
}

TEST(Kernel, AddsF32UpInF64) {
  KernelBuilder builder({3}, 0, {{DType::f32, {3}}});
  builder.output(builder.append(ScalarOp::reduce_add, {builder.load(0)}), {DType::f32, {}});
  const float values[] = {1e8F, 1, -1e8F};
  EXPECT_EQ(run(builder.finish(), {Tensor({3}, std::span<const float>(values))})[0].real(0), 1);
}

TEST(Kernel, WritesSmallAndFullResults) {
  KernelBuilder builder({2, 2}, 1, {f64({2, 2})});
  const Scalar x = builder.load(0);
  const Scalar total = builder.append(ScalarOp::reduce_add, {x});
  builder.output(total, f64({2}));
  builder.output(x * total, f64({2, 2}));
  const auto results = run(builder.finish(), {tensor({2, 2}, {1, 2, 3, 4})});
  EXPECT_EQ(values_of(results[0]), (Values{3, 7}));
  EXPECT_EQ(values_of(results[1]), (Values{3, 6, 21, 28}));
}

}  // namespace
}  // namespace gradc::ir
