#include "frontend/dims.h"

#include <gtest/gtest.h>

namespace gradc::frontend {
namespace {

class DimsTest : public testing::Test {
 protected:
  Dims dims;
  const Dim b = dims.symbol("B", 32), h = dims.symbol("H", 8), n = dims.symbol("N", 4);
  Dim number(std::int64_t value) { return Dim::constant(value); }
};

TEST_F(DimsTest, NamesMakeDimsDifferent) {
  const Dim other = dims.symbol("H", 8);
  EXPECT_EQ(h, h);
  EXPECT_NE(h, other);
  EXPECT_NE(h, number(8));
  EXPECT_EQ(number(8), number(8));
}

TEST_F(DimsTest, SumsAndProductsAreEqualHoweverTheyAreWritten) {
  const auto left = dims.multiply(*dims.add(h, number(2)), b);
  const auto right = dims.add(*dims.multiply(b, number(2)), *dims.multiply(b, h));
  EXPECT_EQ(*left, *right);
  EXPECT_EQ(left->value(), 320);
  EXPECT_EQ(*dims.subtract(*left, *right), number(0));
}

TEST_F(DimsTest, PrintsAsItWouldBeWritten) {
  const Dim sum = *dims.add(*dims.multiply(number(4), h), number(-3));
  EXPECT_EQ(dims.to_string(sum), "4*H-3");
  EXPECT_EQ(dims.to_string(*dims.multiply(b, h)), "B*H");
  EXPECT_EQ(dims.to_string(*dims.divide(sum, n)), "(4*H-3)/N");
  EXPECT_EQ(dims.to_string(std::vector{b, number(3)}), "[B, 3]");
  EXPECT_EQ(dims.to_string(*dims.subtract(number(0), h)), "-H");
}

TEST_F(DimsTest, DivisionIsExactWhereItCanBe) {
  const Dim four = *dims.multiply(number(4), h);
  EXPECT_EQ(*dims.divide(four, number(4)), h);
  EXPECT_EQ(*dims.divide(four, h), number(4));
  EXPECT_EQ(*dims.divide(*dims.multiply(b, h), h), b);
}

TEST_F(DimsTest, QuotientsRoundDownAndAreEqualIfTheirPartsAre) {
  const Dim odd = *dims.add(h, number(1));
  const Dim half = *dims.divide(odd, number(2));
  EXPECT_EQ(half.value(), 4);
  EXPECT_EQ(half, *dims.divide(*dims.add(number(1), h), number(2)));
  EXPECT_NE(half, n);
  EXPECT_EQ(dims.divide(number(-7), number(2))->value(), -4);
  EXPECT_FALSE(dims.divide(h, number(0)));
}

TEST_F(DimsTest, SubstitutionReachesIntoQuotients) {
  const Dim i = dims.symbol("I", 8);
  const Dim quotient = *dims.divide(*dims.add(i, number(1)), number(2));
  const Dim replaced = dims.substitute(quotient, {{Dims::atom_of(i), h}});
  EXPECT_EQ(replaced, *dims.divide(*dims.add(h, number(1)), number(2)));
  EXPECT_EQ(dims.substitute(quotient, {{Dims::atom_of(i), number(8)}}), number(4));
}

TEST_F(DimsTest, OverflowIsAnAnswerNotANumber) {
  const Dim large = dims.symbol("L", std::int64_t{1} << 40);
  EXPECT_FALSE(dims.multiply(large, large));
  const Dim largest = number(INT64_MAX);
  EXPECT_FALSE(dims.add(largest, number(1)));
  EXPECT_FALSE(dims.divide(number(INT64_MIN), number(-1)));
}

TEST_F(DimsTest, LongPolynomialsAreRefused) {
  Dim sum;
  for (int i = 0; i < 10; ++i) sum = *dims.add(sum, dims.symbol("d", 1));
  const auto square = dims.multiply(sum, sum);
  EXPECT_TRUE(square);
  EXPECT_FALSE(dims.multiply(*square, *square));
}

TEST_F(DimsTest, DeeplyNestedQuotientsStayCheap) {
  Dim dim = h;
  for (int i = 0; i < 5000; ++i) dim = *dims.divide(*dims.add(dim, number(1)), number(2));
  EXPECT_EQ(dims.substitute(dim, {{Dims::atom_of(h), b}}).value(), dim.value());
  EXPECT_LE(dims.to_string(dim).size(), 100U);
}

}  // namespace
}  // namespace gradc::frontend
