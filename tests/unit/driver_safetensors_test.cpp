#include "driver/safetensors.h"

#include <algorithm>

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::DType;
using ir::Message;
using ir::Type;

ir::Tensor counting(DType dtype, ir::Shape shape) {
  ir::Tensor tensor(Type{dtype, std::move(shape)});
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.set_integer(i, i % 2);
  return tensor;
}

/// In the order in which a file has them.
Safetensors sample() {
  return {{{"opt/momentum", counting(DType::f64, {3})},
           {"steps", counting(DType::i64, {})},
           {"b", counting(DType::f32, {2, 3})},
           {"empty", counting(DType::f32, {0, 4})},
           {"ids", counting(DType::i32, {2})},
           {"mask", counting(DType::boolean, {3})},
           {"pixels", counting(DType::u8, {5})}},
          {{"seed", "7"}, {"model", "caf\xC3\xA9 \"x\""}}};
}

std::optional<Safetensors> decode(std::span<const std::byte> bytes, ir::Diagnostics& diagnostics) {
  return decode_safetensors(bytes, "w.safetensors", {}, diagnostics);
}

/// A file with this header and this many bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i));
  return file + header + std::string(data_bytes, '\0');
}

testing::AssertionResult refuses(const std::string& header, std::size_t data_bytes,
                                 std::string_view part, Message message = Message::malformed_file) {
  ir::Diagnostics diagnostics;
  if (decode(bytes_of(file_of(header, data_bytes)), diagnostics))
    return testing::AssertionFailure() << "accepted";
  return reported(diagnostics, message, part);
}

bool accepts(const std::string& header, std::size_t data_bytes) {
  ir::Diagnostics diagnostics;
  const bool accepted = decode(bytes_of(file_of(header, data_bytes)), diagnostics).has_value();
  EXPECT_EQ(accepted, diagnostics.all().empty());
  return accepted;
}

TEST(Safetensors, ReadsWhatItWrites) {
  ir::Diagnostics diagnostics;
  EXPECT_EQ(decode(encode_safetensors(sample()), diagnostics), sample()) << ir::render(diagnostics);
  EXPECT_EQ(decode(encode_safetensors({}), diagnostics), Safetensors());
}

TEST(Safetensors, FindsByName) {
  const Safetensors content = sample();
  ASSERT_TRUE(content.find("ids"));
  EXPECT_EQ(content.find("ids")->type(), (Type{DType::i32, {2}}));
  EXPECT_FALSE(content.find("id"));
}

TEST(Safetensors, HasTheLayoutOthersRead) {
  const Bytes bytes = encode_safetensors({{{"w", counting(DType::f32, {1, 2})}}, {{"k", "v"}}});
  const std::string file(text_of(bytes));
  const std::string tensor = R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  EXPECT_EQ(static_cast<unsigned char>(file[0]), file.size() - 16);
  EXPECT_EQ(file.substr(1, 7), std::string(7, '\0'));
  EXPECT_EQ((file.size() - 8) % 8, 0u);
  EXPECT_EQ(file.substr(8, 55),
            R"({"__metadata__":{"k":"v","gradc.crc32":")" + file.substr(48, 8) + R"("},"w":)");
  EXPECT_NE(file.find(tensor), std::string::npos);
}

TEST(Safetensors, OrderDoesNotMatter) {
  Safetensors turned = sample();
  std::ranges::reverse(turned.tensors);
  EXPECT_EQ(encode_safetensors(turned), encode_safetensors(sample()));
}

TEST(Safetensors, AcceptsFilesOfOthers) {
  EXPECT_TRUE(accepts("{}", 0));
  EXPECT_TRUE(accepts("{}   ", 0));
  EXPECT_TRUE(accepts(
      R"({"a":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
      8));
  // Tensors without elements may share an offset.
  EXPECT_TRUE(accepts(
      R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"c":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
      2));
}

TEST(Safetensors, RefusesWrongLayouts) {
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 3,
                      "1 bytes follow the last tensor"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 1,
                      "it ends within \"a\""));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3,
                      "begins at byte 1 of the data, not at 0"));
  EXPECT_TRUE(refuses(
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
      3, "\"b\" begins at byte 1"));
  EXPECT_TRUE(
      refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,3]}})", 3, "takes 2 bytes"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}})", 2, "begins"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[-2,0]}})", 2, "begins"));
}

TEST(Safetensors, RefusesImpossibleShapes) {
  EXPECT_TRUE(refuses(
      R"({"a":{"dtype":"F32","shape":[4194305,4194305,211106198978564],"data_offsets":[0,16]}})",
      16, "impossible"));
  EXPECT_TRUE(
      refuses(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "impossible"));
  std::string shape = "[1";
  for (int i = 0; i < 100; ++i) shape += ",1";
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","data_offsets":[0,4],"shape":)" + shape + "]}}", 4,
                      "unexpected value"));
}

TEST(Safetensors, RefusesMalformedHeaders) {
  EXPECT_TRUE(refuses("", 0, "does not begin with `{`"));
  EXPECT_TRUE(refuses(" {}", 0, "does not begin with `{`"));
  EXPECT_TRUE(refuses("{} x", 0, "unexpected text"));
  EXPECT_TRUE(refuses("{\"a\":1}", 0, "expected `{`"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","shape":[1]}})", 4, "lacks"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "lacks"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4,
                      "expected an integer"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4,
                      "unknown or repeated"));
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4,
                      "unknown or repeated"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{"a":1}})", 0, "expected `\"`"));
}

TEST(Safetensors, RefusesRepeatedNames) {
  EXPECT_TRUE(refuses(
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
      2, "\"a\" occurs twice"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{},"__metadata__":{}})", 0, "occurs twice"));
  EXPECT_TRUE(refuses(R"({"__metadata__":{"a":"1","a":"2"}})", 0, "repeat \"a\""));
}

TEST(Safetensors, RefusesElementsItDoesNotHave) {
  EXPECT_TRUE(refuses(R"({"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}})", 2, "BF16",
                      Message::unsupported_elements));
  std::string file = file_of(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", 1);
  file.back() = 2;
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(decode(bytes_of(file), diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "neither 0 nor 1"));
}

TEST(Safetensors, RefusesHugeHeaders) {
  std::string file = file_of("{}", 0);
  file[4] = 1;
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(decode(bytes_of(file), diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "too large"));
}

TEST(Safetensors, RefusesEveryTruncation) {
  const Bytes whole = encode_safetensors(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(decode(std::span(whole).first(length), diagnostics)) << length;
    EXPECT_TRUE(reported(diagnostics, Message::malformed_file)) << length;
  }
}

TEST(Safetensors, NoticesEveryFlippedBit) {
  Bytes bytes = encode_safetensors(sample());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const std::byte flip{static_cast<unsigned char>(1u << bit % 8)};
    bytes[bit / 8] ^= flip;
    ir::Diagnostics diagnostics;
    const auto loaded = decode(bytes, diagnostics);
    // Only a flip in the checksum's own name goes unnoticed; all else is as it was.
    EXPECT_TRUE(!loaded || loaded->tensors == sample().tensors) << bit;
    EXPECT_TRUE(!loaded || loaded->metadata.size() == sample().metadata.size() + 1) << bit;
    EXPECT_EQ(loaded.has_value(), diagnostics.all().empty()) << bit;
    bytes[bit / 8] ^= flip;
  }
}

TEST(Safetensors, SaysThatItIsDamaged) {
  Bytes bytes = encode_safetensors(sample());
  bytes.back() ^= std::byte{1};
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(decode(bytes, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "checksum does not match"));
}

TEST(Safetensors, SavesAndLoadsFiles) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const std::string path = scratch.path("w.safetensors");
  ASSERT_TRUE(save_safetensors(path, sample(), {}, diagnostics));
  EXPECT_EQ(load_safetensors(path, {}, diagnostics), sample());
  EXPECT_TRUE(diagnostics.all().empty());
  EXPECT_FALSE(load_safetensors(scratch.path("missing"), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_open));
  ir::Diagnostics saving;
  EXPECT_FALSE(save_safetensors(scratch.path("no/w"), sample(), {}, saving));
  EXPECT_TRUE(reported(saving, Message::cannot_write));
}

}  // namespace
}  // namespace gradc::driver
