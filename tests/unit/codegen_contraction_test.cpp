/// Sums of products, compiled, against the interpreter: every order of axes, sizes around the edges
/// of tiles, factors and results that are expressions.
#include "codegen/contraction.h"
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

/// The kernel of a spec, with an extent per letter: b, i, j, k.
Kernel contract(const std::string& spec, DType dtype, std::int64_t b, std::int64_t i,
                std::int64_t j, std::int64_t k) {
  const std::size_t comma = spec.find(','), arrow = spec.find("->");
  const auto type = [&](const std::string& letters) {
    Type out{dtype, {}};
    for (const char letter : letters)
      out.shape.push_back(letter == 'b' ? b : letter == 'i' ? i : letter == 'j' ? j : k);
    return out;
  };
  return ir::contraction(spec, type(spec.substr(0, comma)),
                         type(spec.substr(comma + 1, arrow - comma - 1)),
                         type(spec.substr(arrow + 2)));
}

bool is_tiled(const Kernel& kernel) {
  return codegen::find_contraction(codegen::nest_of(kernel), host()).has_value();
}

TEST(Contraction, TinyProductsStayLoops) {
  EXPECT_FALSE(is_tiled(contract("ik,kj->ij", DType::f32, 1, 4, 8, 2)));
  EXPECT_TRUE(is_tiled(contract("ik,kj->ij", DType::f32, 1, 64, 64, 64)));
}

TEST(Contraction, IntegersAndDotProductsStayLoops) {
  EXPECT_FALSE(is_tiled(contract("ik,kj->ij", DType::i32, 1, 64, 64, 64)));
  EXPECT_FALSE(is_tiled(contract("ik,ik->i", DType::f32, 1, 64, 64, 64)));
  EXPECT_FALSE(is_tiled(contract("ik,k->i", DType::f32, 1, 64, 64, 64)));
}

TEST(Contraction, EveryOrderOfAxes) {
  for (const char* a : {"ik", "ki"})
    for (const char* b : {"kj", "jk"})
      for (const char* c : {"ij", "ji"})
        for (const DType dtype : {DType::f32, DType::f64})
          expect_law(contract(std::string(a) + "," + b + "->" + c, dtype, 1, 29, 37, 23));
}

TEST(Contraction, Batches) {
  for (const char* spec : {"bik,bkj->bij", "bki,bjk->bij", "bik,bjk->ibj", "ibk,kbj->bij",
                           "bik,kj->bij", "ik,bkj->bij", "bik,bkj->ij"})
    expect_law(contract(spec, DType::f32, 3, 17, 20, 19));
}

TEST(Contraction, SizesAroundTheEdgesOfTiles) {
  for (const std::int64_t rows : {2, 3, 13, 14, 15, 28, 31})
    expect_law(contract("ik,kj->ij", DType::f32, 1, rows, 48, 60));
  for (const std::int64_t columns : {4, 5, 10, 15, 16, 17, 31, 32, 33, 47, 64, 65, 97})
    expect_law(contract("ik,kj->ij", DType::f32, 1, 31, columns, 60));
  for (const std::int64_t length : {3, 15, 16, 17, 64})
    expect_law(contract("ik,jk->ij", DType::f32, 1, 44, 40, length));
}

TEST(Contraction, LongSumsInBlocks) {
  expect_law(contract("ik,kj->ij", DType::f32, 1, 20, 40, 1300));
  expect_law(contract("ki,kj->ij", DType::f64, 1, 33, 70, 600));
  expect_law(contract("ik,jk->ij", DType::f32, 1, 5, 300, 1111));
}

TEST(Contraction, SumsSoLongThatPiecesShareThem) {
  const Kernel kernel = contract("ki,kj->ij", DType::f32, 1, 24, 20, 20000);
  const auto found = codegen::find_contraction(codegen::nest_of(kernel), host());
  ASSERT_TRUE(found);
  EXPECT_GT(found->k_parts, 1);
  expect_law(kernel);
  expect_law(contract("ki,kj->ij", DType::f64, 1, 21, 13, 9000));
  expect_law(contract("ki,kj->ij", DType::f32, 1, 25, 6, 50000));  // vectors of eight
}

TEST(Contraction, PanelsOfFewRowsStayInTheFirstLevelCache) {
  for (const std::int64_t rows : {16, 32, 64})
    for (const std::int64_t columns : {512, 1024, 2048}) {
      const codegen::Nest nest =
          codegen::nest_of(contract("ik,kj->ij", DType::f32, 1, rows, columns, 128));
      const auto found = codegen::find_contraction(nest, host(), true);
      ASSERT_TRUE(found);
      EXPECT_LE(found->panel_size(nest) * 4, host().l1_bytes) << rows << " x " << columns;
    }
}

TEST(Contraction, PreparedPanelsThatTheCacheDoesNotHoldAreFetched) {
  codegen::Target small = host();
  small.l1_bytes = 8 << 10;
  small.l2_bytes = 16 << 10;
  const Kernel kernel = contract("ik,kj->ij", DType::f32, 1, 260, 100, 100);
  const auto found = codegen::find_contraction(codegen::nest_of(kernel), small);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->fetches_panels);
  expect_law(kernel, random_operands(kernel), small);

  const Kernel step = contract("ik,kj->ij", DType::f32, 1, 32, 1024, 256);
  EXPECT_FALSE(codegen::find_contraction(codegen::nest_of(step), host(), true)->fetches_panels);
}

TEST(Contraction, Vectors) {
  expect_law(contract("k,kj->j", DType::f32, 1, 1, 200, 70));
  expect_law(contract("ik,k->i", DType::f32, 1, 200, 1, 70));
  expect_law(contract("k,jk->j", DType::f32, 1, 1, 200, 70));
  expect_law(contract("i,j->ij", DType::f32, 1, 100, 90, 1));
}

TEST(Contraction, NoTermsSumToZero) { expect_law(contract("ik,kj->ij", DType::f32, 1, 20, 40, 0)); }

/// A dense layer: relu(x @ w + b), beside it the sum itself.
Kernel dense(std::int64_t rows, std::int64_t columns, std::int64_t length, bool expensive) {
  KernelBuilder builder({rows, columns, length}, 2,
                        {{DType::f32, {rows, length}},
                         {DType::f32, {length, columns}},
                         {DType::f32, {columns}},
                         {DType::f32, {rows, columns}}});
  const Affine i = loop_index(0), j = loop_index(1), k = loop_index(2);
  const Scalar x = builder.load(0, {i, k});
  const Scalar w = builder.load(1, {k, j});
  const Scalar sum = builder.append(ScalarOp::reduce_add, {x * w});
  const Scalar z = sum + builder.load(2, {j});
  const Scalar y = expensive ? tanh(z) * exp(builder.load(3, {i, j})) : max(z, z * 0.01);
  builder.output(y, {DType::f32, {rows, columns}});
  builder.output(sum, {DType::f32, {rows, columns}});
  return builder.finish();
}

TEST(Contraction, ResultsAreExpressions) {
  for (const bool expensive : {false, true}) {
    expect_law(dense(20, 40, 30, expensive));
    expect_law(dense(45, 37, 30, expensive));
    expect_law(dense(20, 45, 700, expensive));
  }
}

TEST(Contraction, FactorsAreExpressions) {
  // exp(x[i, k] + u[k]) · (cast(v[k, j]) - 3)
  KernelBuilder builder({25, 40, 33}, 2,
                        {{DType::f32, {25, 33}}, {DType::f32, {33}}, {DType::u8, {33, 40}}});
  const Affine i = loop_index(0), j = loop_index(1), k = loop_index(2);
  const Scalar x = exp(builder.load(0, {i, k}) + builder.load(1, {k}));
  const Scalar y = cast(builder.load(2, {k, j}), DType::f32) - 3;
  builder.output(builder.append(ScalarOp::reduce_add, {x * y}), {DType::f32, {25, 40}});
  const Kernel kernel = builder.finish();
  EXPECT_TRUE(is_tiled(kernel));
  expect_law(kernel);
}

/// out[n, y, x, o] = Σ image[n, y + p - 1, x + q - 1, c] · w[p, q, c, o]
Kernel convolution(bool padded) {
  const std::int64_t n = 2, size = 9, channels = 5, out = 20, shift = padded ? -1 : 0;
  const std::int64_t result = padded ? size : size - 2;
  KernelBuilder builder(
      {n, result, result, out, 3, 3, channels}, 4,
      {{DType::f32, {n, size, size, channels}}, {DType::f32, {3, 3, channels, out}}});
  const auto at = [](std::size_t loop) { return loop_index(loop); };
  const Scalar image =
      builder.load(0, {at(0), at(1) + at(4) + shift, at(2) + at(5) + shift, at(6)});
  const Scalar w = builder.load(1, {at(4), at(5), at(6), at(3)});
  builder.output(builder.append(ScalarOp::reduce_add, {image * w}),
                 {DType::f32, {n, result, result, out}});
  return builder.finish();
}

TEST(Contraction, Convolutions) {
  for (const bool padded : {false, true}) {
    EXPECT_TRUE(is_tiled(convolution(padded)));
    expect_law(convolution(padded));
  }
}

/// The same with channels before pixels, and the gradient with respect to a strided image.
TEST(Contraction, ConvolutionsWithAnotherLayout) {
  KernelBuilder builder({2, 6, 8, 8, 3, 3, 4}, 4,
                        {{DType::f32, {2, 4, 8, 8}}, {DType::f32, {6, 4, 3, 3}}});
  const auto at = [](std::size_t loop) { return loop_index(loop); };
  const Scalar image = builder.load(0, {at(0), at(6), at(2) + at(4) + -1, at(3) + at(5) + -1});
  const Scalar w = builder.load(1, {at(1), at(6), at(4), at(5)});
  builder.output(builder.append(ScalarOp::reduce_add, {image * w}), {DType::f32, {2, 6, 8, 8}});
  expect_law(builder.finish());

  KernelBuilder strided({2, 13, 13, 4, 3, 3, 6}, 4,
                        {{DType::f32, {2, 6, 6, 6}}, {DType::f32, {3, 3, 4, 6}}});
  const Scalar dy =
      strided.load(0, {at(0), {at(1) + -1 * at(4), 2}, {at(2) + -1 * at(5), 2}, at(6)});
  const Scalar weight = strided.load(1, {at(4), at(5), at(3), at(6)});
  strided.output(strided.append(ScalarOp::reduce_add, {dy * weight}), {DType::f32, {2, 13, 13, 4}});
  expect_law(strided.finish());
}

/// dw[o, c, p, q] = Σ image[n, c, y + p, x + q] · dy[n, o, y, x]
Kernel gradient_of_weights(std::int64_t images, std::int64_t channels, std::int64_t results) {
  const std::int64_t size = 12, taps = 3, places = size - taps + 1;
  KernelBuilder builder({results, channels, taps, taps, images, places, places}, 4,
                        {{DType::f32, {images, channels, size, size}},
                         {DType::f32, {images, results, places, places}}});
  const auto at = [](std::size_t loop) { return loop_index(loop); };
  const Scalar image = builder.load(0, {at(4), at(1), at(5) + at(2), at(6) + at(3)});
  const Scalar dy = builder.load(1, {at(4), at(0), at(5), at(6)});
  builder.output(builder.append(ScalarOp::reduce_add, {image * dy}),
                 {DType::f32, {results, channels, taps, taps}});
  return builder.finish();
}

TEST(Contraction, GradientOfWeightsHasItsLanesAlongChannels) {
  const Kernel kernel = gradient_of_weights(3, 4, 16);
  const codegen::Nest nest = codegen::nest_of(kernel);
  const auto found = codegen::find_contraction(nest, host());
  ASSERT_TRUE(found);
  EXPECT_EQ(nest.extents[found->n], 16) << "not along the three taps of a window";
  expect_law(kernel);
  expect_law(gradient_of_weights(2, 1, 6));
}

TEST(Contraction, UpdatesInPlace) {
  // w - 0.1 * (xᵀ @ dy), over w
  KernelBuilder builder({30, 50, 40}, 2,
                        {{DType::f32, {40, 30}}, {DType::f32, {40, 50}}, {DType::f32, {30, 50}}});
  const Affine i = loop_index(0), j = loop_index(1), k = loop_index(2);
  const Scalar sum =
      builder.append(ScalarOp::reduce_add, {builder.load(0, {k, i}) * builder.load(1, {k, j})});
  builder.output(builder.load(2, {i, j}) - sum * 0.1, {DType::f32, {30, 50}});
  const Kernel kernel = builder.finish();
  expect_may_overwrite(kernel, 2);
}

TEST(Contraction, SameBitsForAnyNumberOfThreads) {
  expect_same_bits_with_threads(contract("ik,kj->ij", DType::f32, 1, 200, 300, 150));
  expect_same_bits_with_threads(contract("ki,jk->ij", DType::f32, 1, 100, 200, 900));
  expect_same_bits_with_threads(contract("ki,kj->ij", DType::f32, 1, 24, 20, 20000));
  expect_same_bits_with_threads(dense(150, 140, 130, true));
}

}  // namespace
}  // namespace gradc
