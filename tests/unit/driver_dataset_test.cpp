#include "driver/data/dataset.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::DType;
using ir::Message;
using ir::Shape;
using ir::Type;

template <typename T>
ir::Tensor tensor(Shape shape, std::vector<T> values) {
  return ir::Tensor(std::move(shape), std::span<const T>(values));
}

TEST(Dataset, CountsExamples) {
  ir::Diagnostics diagnostics;
  const auto dataset = make_dataset(
      {{"x", ir::Tensor(Type{DType::f32, {5, 2}})}, {"y", ir::Tensor(Type{DType::u8, {5}})}}, {},
      diagnostics);
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->examples, 5);
  EXPECT_EQ(dataset->columns.size(), 2u);
}

TEST(Dataset, RefusesColumnsOfDifferentLength) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(make_dataset(
      {{"x", ir::Tensor(Type{DType::f32, {5, 2}})}, {"y", ir::Tensor(Type{DType::u8, {4}})}}, {},
      diagnostics));
  EXPECT_TRUE(
      reported(diagnostics, Message::example_counts_differ, "`x` has 5 examples but `y` has 4"));
}

TEST(Dataset, RefusesASingleValue) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(make_dataset({{"x", ir::Tensor(Type{DType::f32, {}})}}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::data_needs_examples, "`x`"));
}

TEST(Split, HoldsOutTheLastExamples) {
  struct Case {
    std::int64_t examples;
    double holdout;
    std::int64_t train, held_out;
  };
  constexpr Case cases[] = {
      {10000, 0.1, 9000, 1000}, {20000, 0.1, 18000, 2000}, {4, 0, 4, 0},   {5, 0.5, 2, 3},
      {3, 0.1, 3, 0},           {150, 0.2, 120, 30},       {7, 0.3, 5, 2},
  };
  for (const Case& c : cases) {
    ir::Diagnostics diagnostics;
    const auto parts = split(c.examples, c.holdout, {}, diagnostics);
    ASSERT_TRUE(parts) << c.examples << " " << c.holdout;
    EXPECT_EQ(parts->train, c.train) << c.examples << " " << c.holdout;
    EXPECT_EQ(parts->held_out, c.held_out) << c.examples << " " << c.holdout;
  }
}

TEST(Split, LeavesSomethingToTrainOn) {
  for (const double holdout : {-0.1, 1.0, 7.0, 0.9, std::numeric_limits<double>::quiet_NaN()}) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(split(4, holdout, {}, diagnostics)) << holdout;
    EXPECT_TRUE(reported(diagnostics, Message::holdout_impossible, "of 4 examples")) << holdout;
  }
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(split(0, 0, {}, diagnostics));
}

TEST(Shuffled, IsAPermutation) {
  for (const std::int64_t count : {0, 1, 2, 10, 1000}) {
    std::vector<std::int64_t> order = shuffled(count, 1, 2);
    std::ranges::sort(order);
    for (std::int64_t i = 0; i < count; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
    EXPECT_EQ(std::ssize(order), count);
  }
}

TEST(Shuffled, DependsOnSeedAndEpochAlone) {
  EXPECT_EQ(shuffled(100, 1, 2), shuffled(100, 1, 2));
  const std::set<std::vector<std::int64_t>> different = {shuffled(100, 1, 2), shuffled(100, 1, 3),
                                                         shuffled(100, 2, 1), shuffled(100, 2, 2),
                                                         shuffled(100, 0, 0)};
  EXPECT_EQ(different.size(), 5u);
}

/// These numbers may never change: saved runs are continued with them.
TEST(Shuffled, StaysTheSameForever) {
  EXPECT_EQ(shuffled(8, 1, 0), (std::vector<std::int64_t>{6, 1, 5, 0, 4, 7, 2, 3}));
}

TEST(Shuffled, TakesEveryOrderEquallyOften) {
  std::array<int, 6> counts{};
  constexpr int rounds = 60'000;
  for (std::uint64_t epoch = 0; epoch < rounds; ++epoch) {
    const auto order = shuffled(3, 7, epoch);
    counts.at(static_cast<std::size_t>(2 * order[0] + (order[1] > order[2] ? 1 : 0)))++;
  }
  // Five standard deviations around 10,000.
  for (const int count : counts) EXPECT_NEAR(count, rounds / 6, 460);
}

/// The batch of these examples, as the elements of the input.
template <typename T>
std::vector<T> gather(const Column& column, std::vector<std::int64_t> indices, Shape example) {
  Shape shape = std::move(example);
  shape.insert(shape.begin(), std::ssize(indices));
  const Type input{ir::dtype_of<T>(), shape};
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(fits(column, input, {}, diagnostics)) << ir::render(diagnostics);
  std::vector<T> batch(static_cast<std::size_t>(input.elements()));
  gather_batch(column, indices, input, std::as_writable_bytes(std::span(batch)));
  return batch;
}

TEST(GatherBatch, TakesRowsInOrder) {
  const Column column{"x", tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6})};
  EXPECT_EQ(gather<float>(column, {2, 0, 2}, {2}), (std::vector<float>{5, 6, 1, 2, 5, 6}));
}

TEST(GatherBatch, ScalesPixels) {
  const Column column{"x", tensor<std::uint8_t>({2, 1, 2}, {0, 255, 51, 102}), 1.0 / 255};
  EXPECT_EQ(gather<float>(column, {0, 1}, {2}), (std::vector<float>{0, 1, 0.2f, 0.4f}));
  EXPECT_EQ(gather<double>(column, {1}, {1, 1, 2}),
            (std::vector<double>{51 * (1.0 / 255), 102 * (1.0 / 255)}));
}

TEST(GatherBatch, ConvertsWhatIsExact) {
  EXPECT_EQ(gather<std::int32_t>({"y", tensor<std::uint8_t>({2}, {7, 255})}, {1, 0}, {}),
            (std::vector<std::int32_t>{255, 7}));
  EXPECT_EQ(gather<std::int32_t>({"y", tensor<double>({2, 1}, {3, -2})}, {0, 1}, {}),
            (std::vector<std::int32_t>{3, -2}));
  EXPECT_EQ(gather<std::uint8_t>({"y", tensor<std::int64_t>({1}, {255})}, {0}, {}),
            std::vector<std::uint8_t>{255});
  EXPECT_EQ(gather<std::int64_t>({"y", tensor<std::int64_t>({1}, {INT64_MAX})}, {0}, {}),
            std::vector<std::int64_t>{INT64_MAX});
}

/// A value that an element type has not.
struct Misfit {
  ir::Tensor values;
  DType dtype;
  std::string_view text;
};

TEST(Fits, RefusesValuesTheInputHasNot) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Misfit misfits[] = {
      {tensor<double>({2}, {1, 1.5}), DType::i32, "example 1 of `y` holds 1.5, which is no i32"},
      {tensor<double>({1}, {3e9}), DType::i32, "3000000000"},
      {tensor<double>({1}, {2147483648.0}), DType::i32, "2147483648"},
      {tensor<double>({1}, {-1}), DType::u8, "-1"},
      {tensor<double>({1}, {256}), DType::u8, "256"},
      {tensor<double>({1}, {nan}), DType::i64, "nan"},
      {tensor<double>({1}, {0x1p63}), DType::i64, "9.223372036854776e+18"},
      {tensor<std::int64_t>({1}, {1LL << 40}), DType::i32, "1099511627776"},
      {tensor<std::int32_t>({2, 2}, {0, 1, 1, 2}), DType::boolean,
       "example 1 of `y` holds 2, which is no bool"},
  };
  for (const Misfit& misfit : misfits) {
    ir::Diagnostics diagnostics;
    Shape shape = misfit.values.type().shape;
    EXPECT_FALSE(fits({"y", misfit.values}, Type{misfit.dtype, shape}, {}, diagnostics));
    EXPECT_TRUE(reported(diagnostics, Message::value_does_not_fit, misfit.text));
  }
}

TEST(Fits, AcceptsTheBounds) {
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(fits({"y", tensor<double>({2}, {2147483647.0, -2147483648.0})}, {DType::i32, {2}}, {},
                   diagnostics));
  EXPECT_TRUE(fits({"y", tensor<double>({1}, {-0x1p63})}, {DType::i64, {1}}, {}, diagnostics));
  EXPECT_TRUE(fits({"y", tensor<double>({2}, {0, 1})}, {DType::boolean, {2}}, {}, diagnostics));
}

TEST(Fits, ComparesElementsPerExample) {
  ir::Diagnostics diagnostics;
  const Column images{"x", ir::Tensor(Type{DType::u8, {10, 28, 28}})};
  EXPECT_TRUE(fits(images, {DType::f32, {64, 784}}, {}, diagnostics));
  EXPECT_TRUE(fits(images, {DType::f32, {64, 1, 28, 28}}, {}, diagnostics));
  EXPECT_FALSE(fits(images, {DType::f32, {64, 783}}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::example_shape_differs,
                       "is u8[28, 28] in the data but f32[783] in the model"));
}

TEST(Fits, RefusesAnInputWithoutExamples) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(fits({"x", ir::Tensor(Type{DType::f32, {3}})}, {DType::f32, {}}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::input_needs_examples, "`x`"));
}

}  // namespace
}  // namespace gradc::driver
