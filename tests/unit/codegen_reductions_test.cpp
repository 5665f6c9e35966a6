/// Reductions, in stages and with results of any shape, compiled, against the interpreter.
#include "kernel_law.h"

namespace gradc {
namespace {

using ir::Affine;
using ir::Coordinates;
using ir::DType;
using ir::Kernel;
using ir::KernelBuilder;
using ir::loop_index;
using ir::Scalar;
using ir::ScalarOp;
using ir::Type;

constexpr DType all_types[] = {DType::f32, DType::f64, DType::i32,
                               DType::i64, DType::u8,  DType::boolean};
constexpr DType numbers[] = {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8};
constexpr std::int64_t extents[] = {1, 2, 3, 7, 15, 16, 17, 33, 64, 70};

Kernel reduce(ScalarOp op, DType dtype, std::vector<std::int64_t> loops, std::size_t parallel,
              ir::Shape operand, Coordinates access) {
  const ir::Shape result(loops.begin(), loops.begin() + static_cast<std::ptrdiff_t>(parallel));
  KernelBuilder builder(std::move(loops), parallel, {{dtype, std::move(operand)}});
  const Scalar value = builder.append(op, {builder.load(0, std::move(access))});
  builder.output(value, {value.dtype(), result});
  return builder.finish();
}

constexpr ScalarOp reductions[] = {ScalarOp::reduce_add, ScalarOp::reduce_mul, ScalarOp::reduce_max,
                                   ScalarOp::reduce_min, ScalarOp::reduce_argmax};

TEST(Reduction, OverRowsColumnsAndAll) {
  const Affine i = loop_index(0), j = loop_index(1), k = loop_index(2);
  for (const ScalarOp op : reductions)
    for (const DType dtype : numbers) {
      expect_law(reduce(op, dtype, {6, 45}, 1, {6, 45}, {i, j}));
      expect_law(reduce(op, dtype, {45, 6}, 1, {6, 45}, {j, i}));
      if (op == ScalarOp::reduce_mul) continue;  // overflows
      expect_law(reduce(op, dtype, {9, 100}, 0, {9, 100}, {i, j}));
      expect_law(reduce(op, dtype, {4, 21, 7}, 2, {4, 7, 21}, {i, k, j}));
    }
}

TEST(Reduction, AnyExtent) {
  for (const std::int64_t extent : extents)
    for (const ScalarOp op : {ScalarOp::reduce_add, ScalarOp::reduce_argmax}) {
      expect_law(
          reduce(op, DType::f32, {3, extent}, 1, {3, extent}, {loop_index(0), loop_index(1)}));
      expect_law(
          reduce(op, DType::f32, {extent, 3}, 1, {3, extent}, {loop_index(1), loop_index(0)}));
    }
}

TEST(Reduction, DownTheColumnsOfManyRows) {
  const Affine i = loop_index(0), j = loop_index(1), k = loop_index(2);
  for (const ScalarOp op : {ScalarOp::reduce_add, ScalarOp::reduce_min, ScalarOp::reduce_argmax})
    for (const std::int64_t columns : {65, 1040, 1301})
      expect_law(reduce(op, DType::f32, {columns, 29}, 1, {29, columns}, {j, i}));
  for (const DType dtype : numbers)
    expect_law(reduce(ScalarOp::reduce_max, dtype, {301, 19}, 1, {19, 301}, {j, i}));
  expect_law(reduce(ScalarOp::reduce_add, DType::f64, {2, 70, 40}, 2, {40, 2, 70}, {k, i, j}));
  expect_law(reduce(ScalarOp::reduce_add, DType::f32, {200, 5, 9}, 1, {9, 5, 200}, {k, j, i}));
}

/// centred rows and two sums over them, one weighted by row and column.
Kernel sums_of_columns(std::int64_t columns, std::int64_t rows) {
  KernelBuilder builder(
      {columns, rows}, 1,
      {{DType::f32, {rows, columns}}, {DType::f32, {rows}}, {DType::f32, {columns}}});
  const Affine i = loop_index(0), j = loop_index(1);
  const Scalar centred = builder.load(0, {j, i}) - builder.load(1, {j});
  const Scalar gain = builder.load(2, {i});
  const Scalar sum = builder.append(ScalarOp::reduce_add, {centred});
  const Scalar largest = builder.append(ScalarOp::reduce_max, {centred * gain});
  builder.output({centred.id, {DType::f32, {rows, columns}}, {j, i}});
  builder.output(sum * gain, {DType::f32, {columns}});
  builder.output(largest, {DType::f32, {columns}});
  return builder.finish();
}

TEST(Reduction, WritesItsPointsOnTheWay) {
  for (const std::int64_t columns : {3, 17, 130, 1100}) expect_law(sums_of_columns(columns, 21));
  expect_law(sums_of_columns(40, 1));
}

TEST(Reduction, OverNothing) {
  for (const ScalarOp op : reductions)
    for (const DType dtype : {DType::f32, DType::i32, DType::u8})
      expect_law(reduce(op, dtype, {5, 0}, 1, {5, 0}, {loop_index(0), loop_index(1)}));
  expect_law(
      reduce(ScalarOp::reduce_add, DType::f32, {0, 4}, 1, {4, 0}, {loop_index(1), loop_index(0)}));
}

TEST(Reduction, LargestIsTheFirstOfEquals) {
  const Kernel kernel = reduce(ScalarOp::reduce_argmax, DType::i32, {4, 5, 37}, 1, {4, 37, 5},
                               {loop_index(0), loop_index(2), loop_index(1)});
  std::mt19937_64 random(3);
  expect_law(kernel, {random_tensor(kernel.operands[0], random, 0, 2)});
}

TEST(Reduction, OfAnExpression) {
  KernelBuilder builder({5, 41}, 1, {{DType::f64, {5, 41}}, {DType::f64, {41}}});
  const Scalar x = builder.load(0, {loop_index(0), loop_index(1)});
  const Scalar w = builder.load(1, {loop_index(1)});
  const Scalar sum = builder.append(ScalarOp::reduce_add, {exp(x) * w});
  const Scalar largest = builder.append(ScalarOp::reduce_max, {x + w});
  builder.output(tanh(sum) / (largest + 9), {DType::f64, {5}});
  builder.output(largest, {DType::f64, {5}});
  expect_law(builder.finish());
}

/// softmax over the last axis, beside it the logarithm of the sum.
Kernel softmax(DType dtype, std::int64_t rows, std::int64_t columns, bool transposed) {
  const ir::Shape shape = transposed ? ir::Shape{columns, rows} : ir::Shape{rows, columns};
  KernelBuilder builder({rows, columns}, 1, {{dtype, shape}});
  const Affine i = loop_index(0), j = loop_index(1);
  const Coordinates at = transposed ? Coordinates{j, i} : Coordinates{i, j};
  const Scalar x = builder.load(0, at);
  const Scalar largest = builder.append(ScalarOp::reduce_max, {x});
  const Scalar e = exp(x - largest);
  const Scalar sum = builder.append(ScalarOp::reduce_add, {e});
  builder.output({(e / sum).id, {dtype, shape}, at});
  builder.output(log(sum) + largest, {dtype, {rows}});
  return builder.finish();
}

TEST(Reduction, InStages) {
  for (const std::int64_t columns : extents)
    for (const bool transposed : {false, true})
      expect_law(softmax(DType::f32, 5, columns, transposed));
  expect_law(softmax(DType::f64, 1, 70, false));
  expect_law(softmax(DType::f32, 300, 10, false));
}

/// The gradient of a pooling by windows that tile the image: shares of dy for all that equal y.
Kernel pooling(DType dtype, std::int64_t columns, std::int64_t window) {
  const ir::Shape pooled{4, columns}, windows{4, window, columns, window};
  KernelBuilder builder({4, columns, window, window}, 2,
                        {{dtype, {4 * window, columns * window}}, {dtype, pooled}});
  const Affine i = loop_index(0), j = loop_index(1), a = loop_index(2), b = loop_index(3);
  const Scalar x = builder.load(0, {window * i + a, window * j + b});
  const Scalar dy = builder.load(1, {i, j});
  const Scalar largest = builder.append(ScalarOp::reduce_max, {x});
  const Scalar is_largest = cast(eq(x, largest), dtype);
  const Scalar count = builder.append(ScalarOp::reduce_add, {is_largest});
  builder.output({(is_largest * dy * count).id, {dtype, windows}, {i, a, j, b}});
  builder.output(largest, {dtype, pooled});
  return builder.finish();
}

TEST(Reduction, OverWindows) {
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::u8})
    for (const std::int64_t columns : {5, 14, 33})
      for (const std::int64_t window : {2, 3, 5}) expect_law(pooling(dtype, columns, window));
}

TEST(Reduction, NormalizesRows) {
  KernelBuilder builder({9, 50}, 1, {{DType::f64, {9, 50}}, {DType::f64, {50}}});
  const Scalar x = builder.load(0, {loop_index(0), loop_index(1)});
  const Scalar gain = builder.load(1, {loop_index(1)});
  const Scalar mean = builder.append(ScalarOp::reduce_add, {x}) * 0.02;
  const Scalar centered = x - mean;
  const Scalar variance = builder.append(ScalarOp::reduce_add, {centered * centered}) * 0.02;
  builder.output(centered / sqrt(variance + 1e-5) * gain, {DType::f64, {9, 50}});
  expect_law(builder.finish());
}

TEST(Reduction, MayOverwriteItsOperand) {
  expect_may_overwrite(softmax(DType::f32, 9, 33, false), 0);
}

TEST(Reduction, RowsMayBeOverwrittenWhileTheyGoBy) {
  expect_may_overwrite(sums_of_columns(600, 33), 0);
}

TEST(Reduction, SameBitsForAnyNumberOfThreads) {
  expect_same_bits_with_threads(softmax(DType::f32, 400, 300, false));
  expect_same_bits_with_threads(softmax(DType::f32, 900, 70, true));
  expect_same_bits_with_threads(reduce(ScalarOp::reduce_add, DType::f32, {700, 500}, 1, {500, 700},
                                       {loop_index(1), loop_index(0)}));
  expect_same_bits_with_threads(sums_of_columns(1500, 300));
}

}  // namespace
}  // namespace gradc
