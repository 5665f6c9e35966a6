/// Maps and reductions, compiled, against the interpreter.
#include "codegen/cut.h"
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

Kernel map2(DType dtype, ir::Shape shape, Scalar (*f)(Scalar, Scalar)) {
  KernelBuilder builder(shape, shape.size(), {{dtype, shape}, {dtype, shape}});
  const Scalar a = builder.load(0), b = builder.load(1);
  const Scalar result = f(a, b);
  builder.output(result, {result.dtype(), shape});
  return builder.finish();
}

// ---- Maps --------------------------------------------------------------------------------------

TEST(Map, EveryInstructionOnEveryType) {
  for (const DType dtype : numbers) {
    const ir::Shape shape = {37};
    KernelBuilder builder(shape, 1, {{dtype, shape}, {dtype, shape}});
    const Scalar a = builder.load(0), b = builder.load(1);
    const auto output = [&](Scalar value) { builder.output(value, {value.dtype(), shape}); };
    for (const auto op :
         {ScalarOp::add, ScalarOp::sub, ScalarOp::mul, ScalarOp::div, ScalarOp::rem, ScalarOp::max,
          ScalarOp::min, ScalarOp::eq, ScalarOp::ne, ScalarOp::lt, ScalarOp::le})
      output(builder.append(op, {a, b}));
    output(-a);
    output(abs(a));
    output(select(lt(a, b), a, b));
    for (const DType to : all_types) output(cast(a, to));
    if (is_float(dtype)) {
      for (const auto op : {ScalarOp::exp, ScalarOp::sin, ScalarOp::cos, ScalarOp::tanh,
                            ScalarOp::sigmoid, ScalarOp::erf, ScalarOp::floor, ScalarOp::round})
        output(builder.append(op, {a}));
      output(log(abs(a)));
      output(sqrt(abs(a)));
      output(pow(abs(a), b));
    }
    expect_law(builder.finish());
  }
}

TEST(Map, BoolsAreBytes) {
  const ir::Shape shape = {45};
  KernelBuilder builder(shape, 1, {{DType::boolean, shape}, {DType::boolean, shape}});
  const Scalar a = builder.load(0), b = builder.load(1);
  const auto output = [&](Scalar value) { builder.output(value, {value.dtype(), shape}); };
  output(and_(a, b));
  output(or_(a, not_(b)));
  output(eq(a, b));
  for (const DType to : numbers) output(cast(a, to));
  expect_law(builder.finish());
}

TEST(Map, AnyExtent) {
  for (const std::int64_t extent : extents)
    for (const DType dtype : {DType::f32, DType::u8})
      expect_law(map2(dtype, {extent}, [](Scalar a, Scalar b) { return a * b + a; }));
}

TEST(Map, NoElements) {
  expect_law(map2(DType::f32, {0}, [](Scalar a, Scalar b) { return a + b; }));
  expect_law(map2(DType::f32, {3, 0}, [](Scalar a, Scalar b) { return a + b; }));
}

TEST(Map, NoAxes) {
  expect_law(map2(DType::f64, {}, [](Scalar a, Scalar b) { return a - b; }));
}

TEST(Map, ManyPieces) {
  expect_law(map2(DType::f32, {20011}, [](Scalar a, Scalar b) { return tanh(a) / (b + 3); }));
  expect_law(map2(DType::f32, {301, 67}, [](Scalar a, Scalar b) { return exp(a) * b; }));
}

/// out[i, j] = x[access] + y[i, j]
Kernel with_access(DType dtype, ir::Shape result, ir::Shape operand, Coordinates access) {
  KernelBuilder builder(result, result.size(), {{dtype, operand}, {dtype, result}});
  const Scalar x = builder.load(0, std::move(access)), y = builder.load(1);
  builder.output(dtype == DType::boolean ? or_(x, y) : x + y, {dtype, result});
  return builder.finish();
}

TEST(Map, ReadsInAnyPattern) {
  const Affine i = loop_index(0), j = loop_index(1);
  const struct {
    const char* name;
    ir::Shape operand;
    Coordinates access;
  } cases[] = {
      {"row repeated", {19}, {j}},
      {"column repeated", {7}, {i}},
      {"one number", {}, {}},
      {"transposed", {19, 7}, {j, i}},
      {"slice", {10, 30}, {i + 2, j + 5}},
      {"every third", {20, 60}, {2 * i, 3 * j + 1}},
      {"backwards", {7, 19}, {-1 * i + 6, -1 * j + 18}},
      {"padded", {5, 15}, {i + -1, j + -2}},
      {"padded beyond everything", {5, 15}, {i + -1, j + 40}},
      {"window", {26}, {i + j}},
      {"padded window", {20}, {i + j + -3}},
      {"diagonal", {19, 19}, {j, j}},
      {"dilated", {7, 10}, {i, {j, 2}}},
      {"dilated and shifted", {4, 7}, {{i + -1, 2}, {j + -2, 3}}},
      {"block", {4, 4}, {{2 * i, 4}, {4 * j + 8, 4}}},
      {"nothing there", {0, 19}, {i, j}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const DType dtype : {DType::f32, DType::f64, DType::u8, DType::boolean})
      expect_law(with_access(dtype, {7, 19}, c.operand, c.access));
  }
}

TEST(Map, NeighboursLieAFewElementsApart) {
  for (const std::int64_t apart : {2, 3, 4, 5})
    for (const std::int64_t extent : {1, 15, 16, 33})
      for (const DType dtype : {DType::f32, DType::f64, DType::u8}) {
        // x[2, extent * apart] is read, and y[2, extent, apart] written, along the loop of `extent`
        KernelBuilder builder({2, apart, extent}, 3, {{dtype, {2, extent * apart}}});
        const Affine element = apart * loop_index(2) + loop_index(1);
        const Scalar inside = builder.load(0, {loop_index(0), element});
        const Scalar outside = builder.load(0, {loop_index(0), element + -1});
        builder.output({(inside + outside).id,
                        {dtype, {2, extent, apart}},
                        {loop_index(0), loop_index(2), loop_index(1)}});
        expect_law(builder.finish());
      }
}

TEST(Map, ReadsThroughIndices) {
  for (const DType index : {DType::i32, DType::i64})
    for (const std::int64_t width : {1, 5, 21}) {
      KernelBuilder builder({13, width}, 2, {{DType::f32, {6, width}}, {index, {13}}});
      const Scalar row = builder.load(1, {loop_index(0)});
      const Scalar x = builder.load(0, {ir::Coordinate{{}, 1, row.id}, loop_index(1)});
      builder.output(x * 2, {DType::f32, {13, width}});
      const Kernel kernel = builder.finish();
      expect_law(kernel);  // indices from -9 to 9: some are outside and give 0
    }
}

TEST(Map, ReadsThroughIndicesThatVaryInTheVector) {
  KernelBuilder builder({40}, 1, {{DType::f32, {30}}, {DType::i32, {40}}});
  const Scalar at = builder.load(1);
  builder.output(builder.load(0, {ir::Coordinate{loop_index(0), 1, at.id}}), {DType::f32, {40}});
  expect_law(builder.finish());
}

TEST(Map, IndexIsTheLoop) {
  KernelBuilder builder({5, 1, 18}, 3, {});
  const Scalar value = builder.index(0) * 100 + builder.index(1) * 10 + builder.index(2);
  builder.output(cast(value, DType::f32), {DType::f32, {5, 1, 18}});
  expect_law(builder.finish());
}

/// Three operands side by side: [rows, a], [rows, b] and the numbers of the columns.
Kernel side_by_side(std::int64_t rows, std::int64_t a, std::int64_t b, std::int64_t rest) {
  const std::int64_t columns = a + b + rest;
  KernelBuilder builder({rows, columns}, 2, {{DType::f32, {rows, a}}, {DType::f32, {rows, b}}});
  const Affine i = loop_index(0), j = loop_index(1);
  const Scalar column = builder.index(1);
  const Scalar left = builder.load(0, {i, j});
  const Scalar middle = builder.load(1, {i, j + -a});
  const Scalar first = builder.constant(DType::i64, static_cast<double>(a));
  const Scalar second = builder.constant(DType::i64, static_cast<double>(a + b));
  const Scalar right = select(lt(column, second), middle, cast(column, DType::f32));
  builder.output(select(lt(column, first), left, right), {DType::f32, {rows, columns}});
  return builder.finish();
}

TEST(Map, PutsSideBySide) {
  expect_law(side_by_side(20, 64, 64, 16));
  expect_law(side_by_side(3, 130, 17, 33));
  expect_law(side_by_side(5, 4, 3, 2));  // too narrow to be cut
  EXPECT_EQ(codegen::parts_of(side_by_side(20, 64, 64, 16)).size(), 3);
  EXPECT_EQ(codegen::parts_of(side_by_side(5, 4, 3, 2)).size(), 1);
}

TEST(Map, RandomNumbersAreTheInterpreters) {
  KernelBuilder builder({50}, 1, {{DType::i64, {}}, {DType::i64, {}}});
  const Scalar seed = builder.load(0), step = builder.load(1);
  for (const DType dtype : {DType::f32, DType::f64})
    for (std::int64_t word = 0; word < 4; ++word)
      builder.output(
          builder.append(ScalarOp::random, dtype, {seed, step, builder.index(0)}, 4 * 7 + word),
          {dtype, {50}});
  const Kernel kernel = builder.finish();
  expect_law(kernel);
}

TEST(Map, SeveralResults) {
  KernelBuilder builder({6, 11}, 2, {{DType::f32, {6, 11}}, {DType::f64, {6, 11}}});
  const Scalar a = builder.load(0), b = builder.load(1);
  builder.output(a * a, {DType::f32, {6, 11}});
  builder.output(lt(cast(a, DType::f64), b), {DType::boolean, {6, 11}});
  builder.output({b.id, {DType::f64, {11, 6}}, {loop_index(1), loop_index(0)}});
  expect_law(builder.finish());
}

// ---- Reductions --------------------------------------------------------------------------------

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

// ---- Scatter -----------------------------------------------------------------------------------

TEST(Scatter, AddsUpWhatMeets) {
  for (const std::int64_t width : {1, 3, 40})
    for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
      KernelBuilder builder({30, width}, 2, {{dtype, {30, width}}, {DType::i32, {30}}});
      const Scalar x = builder.load(0);
      const Scalar row = builder.load(1, {loop_index(0)});
      builder.output(
          {x.id, {dtype, {7, width}}, {ir::Coordinate{{}, 1, row.id}, loop_index(1)}, true});
      expect_law(builder.finish());
    }
}

TEST(Scatter, DropsWhatLiesOutside) {
  KernelBuilder builder({8, 11}, 2, {{DType::f64, {8, 11}}});
  const Scalar x = builder.load(0);
  builder.output({x.id, {DType::f64, {6, 10}}, {loop_index(0) + -1, loop_index(1) + -3}, true});
  expect_law(builder.finish());
}

// ---- In place ----------------------------------------------------------------------------------

TEST(Place, AResultMayOverwriteItsOperand) {
  const Kernel kernel = softmax(DType::f32, 9, 33, false);
  std::string error;
  const auto jit = codegen::Jit::create(kernel, host(), {}, error);
  ASSERT_TRUE(jit) << error;
  std::vector<ir::Tensor> operands = random_operands(kernel);
  const std::vector<ir::Tensor> expected = run(*jit, kernel, operands);

  std::vector<float> sums(9);
  const void* inputs[] = {operands[0].data()};
  void* outputs[] = {operands[0].data(), sums.data()};
  const gradc_frame frame = {nullptr, nullptr, nullptr, nullptr, inputs, outputs, nullptr, nullptr};
  jit->entry(0)(&frame);
  EXPECT_EQ(operands[0], expected[0]);
}

TEST(Place, RowsMayBeOverwrittenWhileTheyGoBy) {
  const Kernel kernel = sums_of_columns(600, 33);
  std::string error;
  const auto jit = codegen::Jit::create(kernel, host(), {}, error);
  ASSERT_TRUE(jit) << error;
  std::vector<ir::Tensor> operands = random_operands(kernel);
  const std::vector<ir::Tensor> expected = run(*jit, kernel, operands);

  std::vector<float> sums(600), largest(600);
  const void* inputs[] = {operands[0].data(), operands[1].data(), operands[2].data()};
  void* outputs[] = {operands[0].data(), sums.data(), largest.data()};
  const gradc_frame frame = {nullptr, nullptr, nullptr, nullptr, inputs, outputs, nullptr, nullptr};
  jit->entry(0)(&frame);
  EXPECT_EQ(operands[0], expected[0]);
  EXPECT_EQ(std::memcmp(sums.data(), expected[1].data(), 600 * sizeof(float)), 0);
}

TEST(Threads, GiveTheSameBits) {
  const Kernel kernels[] = {softmax(DType::f32, 400, 300, false),
                            softmax(DType::f32, 900, 70, true),
                            reduce(ScalarOp::reduce_add, DType::f32, {700, 500}, 1, {500, 700},
                                   {loop_index(1), loop_index(0)}),
                            sums_of_columns(1500, 300),
                            side_by_side(300, 500, 400, 300),
                            map2(DType::f32, {200000}, [](Scalar a, Scalar b) { return a / b; })};
  gradc_pool* pool = gradc_pool_create(2);
  ASSERT_TRUE(pool);
  for (const Kernel& kernel : kernels) {
    std::string error;
    const auto jit = codegen::Jit::create(kernel, host(), {}, error);
    ASSERT_TRUE(jit) << error;
    const std::vector<ir::Tensor> operands = random_operands(kernel);
    const std::vector<ir::Tensor> alone = run(*jit, kernel, operands);
    for (int repetition = 0; repetition < 20; ++repetition)
      ASSERT_EQ(run(*jit, kernel, operands, gradc_pool_parallel_for, pool), alone);
  }
  gradc_pool_destroy(pool);
}

}  // namespace
}  // namespace gradc
