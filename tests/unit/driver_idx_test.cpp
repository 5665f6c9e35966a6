#include "driver/data/idx.h"

#include <array>

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::DType;
using ir::Message;

/// Text with zero bytes in it.
template <std::size_t N>
std::string raw(const char (&text)[N]) {
  return std::string(text, N - 1);
}

std::optional<ir::Tensor> parse(const std::string& file, ir::Diagnostics& diagnostics) {
  return parse_idx(bytes_of(file), "file.idx", {}, diagnostics);
}

/// A vector of two elements of a type.
struct Sample {
  std::string file;
  DType dtype;
  std::array<double, 2> values;
};

TEST(Idx, ReadsEveryElementType) {
  const std::string two = raw("\0\0\0\2");
  const Sample samples[] = {
      {raw("\0\0\x08\1") + two + raw("\x01\xFF"), DType::u8, {1, 255}},
      {raw("\0\0\x09\1") + two + raw("\x01\xFF"), DType::i32, {1, -1}},
      {raw("\0\0\x0B\1") + two + raw("\x01\x02\xFF\xFE"), DType::i32, {258, -2}},
      {raw("\0\0\x0C\1") + two + raw("\x01\x02\x03\x04\xFF\xFF\xFF\xFE"),
       DType::i32,
       {16909060, -2}},
      {raw("\0\0\x0D\1") + two + raw("\x3F\xC0\0\0\xC0\0\0\0"), DType::f32, {1.5, -2}},
      {raw("\0\0\x0E\1") + two + raw("\x3F\xF8\0\0\0\0\0\0\xC0\0\0\0\0\0\0\0"),
       DType::f64,
       {1.5, -2}},
  };
  for (const Sample& sample : samples) {
    ir::Diagnostics diagnostics;
    const auto tensor = parse(sample.file, diagnostics);
    ASSERT_TRUE(tensor) << ir::render(diagnostics);
    EXPECT_EQ(tensor->type(), (ir::Type{sample.dtype, {2}}));
    EXPECT_EQ(tensor->real(0), sample.values[0]);
    EXPECT_EQ(tensor->real(1), sample.values[1]);
  }
}

TEST(Idx, ReadsAxesOutermostFirst) {
  ir::Diagnostics diagnostics;
  const auto tensor = parse(raw("\0\0\x08\2\0\0\0\2\0\0\0\3abcdef"), diagnostics);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->type().shape, (ir::Shape{2, 3}));
  EXPECT_EQ(tensor->integer(5), 'f');
}

TEST(Idx, RefusesEveryTruncationAndExtension) {
  const std::string whole = raw("\0\0\x0D\2\0\0\0\1\0\0\0\2") + "12345678";
  ir::Diagnostics fine;
  ASSERT_TRUE(parse(whole, fine));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(parse(whole.substr(0, length), diagnostics)) << length;
    EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "file.idx")) << length;
  }
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(parse(whole + "9", diagnostics));
  EXPECT_TRUE(
      reported(diagnostics, Message::malformed_file, "f32[1, 2] takes 8 bytes but 9 follow"));
}

TEST(Idx, RefusesOtherFiles) {
  ir::Diagnostics magic, element, axes;
  EXPECT_FALSE(parse("a text, nothing else", magic));
  EXPECT_TRUE(reported(magic, Message::malformed_file, "two zero bytes"));
  EXPECT_FALSE(parse(raw("\0\0\x0A\1\0\0\0\1x"), element));
  EXPECT_TRUE(reported(element, Message::malformed_file, "element type 0x0a"));
  EXPECT_FALSE(parse(raw("\0\0\x08\0x"), axes));
  EXPECT_TRUE(reported(axes, Message::malformed_file, "no axes"));
}

TEST(Idx, RefusesImpossibleSizes) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(parse(raw("\0\0\x08\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0"), diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::tensor_too_large));
}

TEST(Idx, ReadsFilesPlainAndZipped) {
  const Scratch scratch;
  const std::string file = raw("\0\0\x08\1\0\0\0\2ab");
  ir::Diagnostics diagnostics;
  const auto plain = read_idx(scratch.write("a", file), {}, diagnostics);
  const auto zipped = read_idx(scratch.write_gzip("a.gz", file), {}, diagnostics);
  ASSERT_TRUE(plain && zipped);
  EXPECT_EQ(*plain, *zipped);
  EXPECT_FALSE(read_idx(scratch.path("missing"), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_open));
}

TEST(Idx, ReadsHandwrittenDigits) {
  const std::string folder = GRADC_SHARED_DATA "/datasets/mnist10k";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  ir::Diagnostics diagnostics;
  const auto images =
      read_idx(*find_data_file(folder, "*images-idx3*", {}, diagnostics), {}, diagnostics);
  const auto labels =
      read_idx(*find_data_file(folder, "*labels-idx1*", {}, diagnostics), {}, diagnostics);
  ASSERT_TRUE(images && labels) << ir::render(diagnostics);
  EXPECT_EQ(images->type(), (ir::Type{DType::u8, {10000, 28, 28}}));
  EXPECT_EQ(labels->type(), (ir::Type{DType::u8, {10000}}));
  std::array<int, 10> counts{};
  for (const std::uint8_t label : labels->as<std::uint8_t>()) ++counts.at(label);
  for (const int count : counts) EXPECT_GT(count, 800);
}

}  // namespace
}  // namespace gradc::driver
