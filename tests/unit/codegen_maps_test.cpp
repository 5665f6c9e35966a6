/// Maps and scatters, compiled, against the interpreter.
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

TEST(Map, SameBitsForAnyNumberOfThreads) {
  expect_same_bits_with_threads(side_by_side(300, 500, 400, 300));
  expect_same_bits_with_threads(
      map2(DType::f32, {200000}, [](Scalar a, Scalar b) { return a / b; }));
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

}  // namespace
}  // namespace gradc
