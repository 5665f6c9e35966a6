#include "ir/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gradc::ir {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");
constexpr std::int64_t min64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t max64 = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t min32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t max32 = std::numeric_limits<std::int32_t>::max();

double real(ScalarOp op, double a, double b = 0, DType dtype = DType::f64) {
  return apply(op, dtype, {.real = a}, {.real = b}, {}).real;
}
std::int64_t integer(ScalarOp op, DType dtype, std::int64_t a, std::int64_t b = 0) {
  return apply(op, dtype, {.integer = a}, {.integer = b}, {}).integer;
}

TEST(Scalar, KnowsNamesAndArities) {
  EXPECT_EQ(name(ScalarOp::reduce_argmax), "reduce_argmax");
  EXPECT_EQ(arity(ScalarOp::select), 3);
  EXPECT_TRUE(is_reduction(ScalarOp::reduce_add));
  EXPECT_FALSE(is_reduction(ScalarOp::random));
}

TEST(Scalar, RoundsF32AfterEachInstruction) {
  EXPECT_EQ(real(ScalarOp::add, 1, 1e-9, DType::f32), 1);
  EXPECT_EQ(real(ScalarOp::exp, 1, 0, DType::f32), static_cast<double>(std::exp(1.0F)));
  EXPECT_NE(real(ScalarOp::add, 1, 1e-9), 1);
}

TEST(Scalar, RemainderHasTheSignOfTheDivisor) {
  EXPECT_EQ(real(ScalarOp::rem, -1, 3), 2);
  EXPECT_EQ(real(ScalarOp::rem, 1, -3), -2);
  EXPECT_EQ(integer(ScalarOp::rem, DType::i32, -1, 3), 2);
  EXPECT_EQ(integer(ScalarOp::rem, DType::i32, 1, -3), -2);
  EXPECT_EQ(integer(ScalarOp::rem, DType::i64, min64, -1), 0);
  EXPECT_EQ(integer(ScalarOp::rem, DType::i64, 5, 0), 0);
}

TEST(Scalar, DividesIntegersTowardsZero) {
  EXPECT_EQ(integer(ScalarOp::div, DType::i32, -7, 2), -3);
  EXPECT_EQ(integer(ScalarOp::div, DType::i32, 7, 0), 0);
  EXPECT_EQ(integer(ScalarOp::div, DType::i32, min32, -1), min32);
  EXPECT_EQ(integer(ScalarOp::div, DType::i64, min64, -1), min64);
}

TEST(Scalar, IntegersWrapAround) {
  EXPECT_EQ(integer(ScalarOp::add, DType::i32, max32, 1), min32);
  EXPECT_EQ(integer(ScalarOp::mul, DType::i64, max64, 2), -2);
  EXPECT_EQ(integer(ScalarOp::sub, DType::u8, 1, 2), 255);
  EXPECT_EQ(integer(ScalarOp::abs, DType::i32, min32), min32);
  EXPECT_EQ(integer(ScalarOp::neg, DType::u8, 1), 255);
}

TEST(Scalar, NaNInTheFirstArgumentStays) {
  EXPECT_TRUE(std::isnan(real(ScalarOp::max, nan_value, 1)));
  EXPECT_EQ(real(ScalarOp::max, 1, nan_value), 1);
}

TEST(Scalar, NothingComparesWithNaN) {
  const Number nan{.real = nan_value}, one{.real = 1};
  for (const ScalarOp op : {ScalarOp::eq, ScalarOp::lt, ScalarOp::le})
    EXPECT_EQ(apply(op, DType::f64, nan, one, {}).integer, 0);
  EXPECT_EQ(apply(ScalarOp::ne, DType::f64, nan, nan, {}).integer, 1);
}

TEST(Scalar, RoundsHalvesToEven) {
  EXPECT_EQ(real(ScalarOp::round, 2.5), 2);
  EXPECT_EQ(real(ScalarOp::round, -3.5), -4);
}

TEST(Scalar, SelectsByTheCondition) {
  const Number yes{.integer = 1}, no{.integer = 0}, a{.real = 2}, b{.real = 3};
  EXPECT_EQ(apply(ScalarOp::select, DType::f64, yes, a, b).real, 2);
  EXPECT_EQ(apply(ScalarOp::select, DType::f64, no, a, b).real, 3);
}

TEST(Scalar, CastsToIntegersSaturate) {
  const auto cast = [](double value, DType to) {
    return convert({.real = value}, DType::f64, to).integer;
  };
  EXPECT_EQ(cast(-2.9, DType::i32), -2);
  EXPECT_EQ(cast(1e20, DType::i32), max32);
  EXPECT_EQ(cast(1e20, DType::i64), max64);
  EXPECT_EQ(cast(-infinity, DType::i64), min64);
  EXPECT_EQ(cast(-1, DType::u8), 0);
  EXPECT_EQ(cast(300, DType::u8), 255);
  EXPECT_EQ(cast(nan_value, DType::i32), 0);
  EXPECT_EQ(cast(nan_value, DType::boolean), 1);
  EXPECT_EQ(cast(0.25, DType::boolean), 1);
}

TEST(Scalar, CastsBetweenIntegersWrap) {
  EXPECT_EQ(convert({.integer = 300}, DType::i32, DType::u8).integer, 44);
  EXPECT_EQ(convert({.integer = max64}, DType::i64, DType::i32).integer, -1);
  EXPECT_EQ(convert({.integer = 256}, DType::i32, DType::boolean).integer, 1);
}

TEST(Scalar, CastsIntegersToFloatInOneRounding) {
  // Rounded to double first, the last bit is lost and the tie goes the other way.
  const std::int64_t value = (std::int64_t{1} << 60) + (std::int64_t{1} << 36) + 1;
  EXPECT_EQ(convert({.integer = value}, DType::i64, DType::f32).real, 0x1p60 + 0x1p37);
}

// Known answers of Random123's Philox4x32-10.
TEST(Scalar, RandomNumbersArePhilox) {
  EXPECT_EQ(random_uniform(0, 0, 0, 0), 0x6627e8 * 0x1p-24);
  EXPECT_EQ(random_uniform(0, 0, 0, 1), 0xe169c5 * 0x1p-24);
  EXPECT_EQ(random_uniform(-1, -1, -1, -1), 0x6d5451 * 0x1p-24);
  // key a4093822 299f31d0, counter 243f6a88 85a308d3 13198a2e 03707344: first word d16cfe09.
  EXPECT_EQ(
      random_uniform(0x299f31d0a4093822, 0x13198a2e, static_cast<std::int64_t>(0x85a308d3243f6a88),
                     std::int64_t{0x03707344} * 4),
      0xd16cfe * 0x1p-24);
}

}  // namespace
}  // namespace gradc::ir
