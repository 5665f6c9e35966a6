#include "driver/data/npy.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::DType;
using ir::Message;

std::optional<ir::Tensor> parse(const std::string& file, ir::Diagnostics& diagnostics) {
  return parse_npy(bytes_of(file), "file.npy", {}, diagnostics);
}

/// A file with this header and these elements.
std::string file_of(std::string header, const std::string& elements, int version = 1) {
  header += '\n';
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(version), '\0', static_cast<char>(header.size()), '\0'};
  if (version > 1) file.append(2, '\0');
  return file + header + elements;
}

std::string u8_header(const std::string& shape, const std::string& order = "False") {
  return "{'descr': '|u1', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

TEST(Npy, ReadsEveryVersion) {
  for (const int version : {1, 2, 3}) {
    ir::Diagnostics diagnostics;
    const auto tensor = parse(file_of(u8_header("(2, 3)"), "abcdef", version), diagnostics);
    ASSERT_TRUE(tensor) << ir::render(diagnostics);
    EXPECT_EQ(tensor->type(), (ir::Type{DType::u8, {2, 3}}));
    EXPECT_EQ(tensor->integer(3), 'd');
  }
}

TEST(Npy, ReadsShapesOfAnyRank) {
  ir::Diagnostics diagnostics;
  EXPECT_EQ(parse(file_of(u8_header("()"), "a"), diagnostics)->type().shape, ir::Shape{});
  EXPECT_EQ(parse(file_of(u8_header("(2,)"), "ab"), diagnostics)->type().shape, ir::Shape{2});
  EXPECT_EQ(parse(file_of(u8_header("(0, 7)"), ""), diagnostics)->type().shape, (ir::Shape{0, 7}));
}

TEST(Npy, AcceptsKeysInAnyOrder) {
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(parse(file_of("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"|u1\"}", "a"),
                    diagnostics));
}

TEST(Npy, TurnsFortranOrderAround) {
  ir::Diagnostics diagnostics;
  const auto tensor = parse(file_of(u8_header("(2, 3)", "True"), "adbecf"), diagnostics);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(text_of(tensor->bytes()), "abcdef");
  const auto cube = parse(file_of(u8_header("(2, 2, 2)", "True"), "aecgbfdh"), diagnostics);
  ASSERT_TRUE(cube);
  EXPECT_EQ(text_of(cube->bytes()), "abcdefgh");
}

TEST(Npy, WritesWhatItReads) {
  for (const DType dtype :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean}) {
    for (const ir::Shape& shape : {ir::Shape{}, ir::Shape{3}, ir::Shape{2, 0}, ir::Shape{2, 3}}) {
      ir::Tensor tensor(ir::Type{dtype, shape});
      for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.set_integer(i, i);
      const Bytes file = encode_npy(tensor);
      EXPECT_EQ((file.size() - tensor.bytes().size()) % 64, 0u);
      ir::Diagnostics diagnostics;
      EXPECT_EQ(parse_npy(file, "file.npy", {}, diagnostics), tensor) << to_string(tensor.type());
    }
  }
}

TEST(Npy, RefusesEveryTruncationAndExtension) {
  const std::string whole = file_of(u8_header("(2, 3)"), "abcdef");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(parse(whole.substr(0, length), diagnostics)) << length;
    EXPECT_TRUE(reported(diagnostics, Message::malformed_file)) << length;
  }
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(parse(whole + "g", diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "takes 6 bytes but 7 follow"));
}

TEST(Npy, RefusesMalformedHeaders) {
  const std::string headers[] = {
      "",
      "{}",
      "{",
      "[1]",
      u8_header("(3)"),
      u8_header("(-1,)"),
      u8_header("(1, x)"),
      u8_header("(1,)", "0"),
      u8_header("(1,)") + "x",
      "{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}",
      "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "{'descr': '|u1', 'fortran_order': False}",
      "{'descr: '|u1', 'fortran_order': False, 'shape': (1,)}",
      u8_header("(99999999999999999999,)"),
  };
  for (const std::string& header : headers) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(parse(file_of(header, "a"), diagnostics)) << header;
    EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "dict")) << header;
  }
  ir::Diagnostics version;
  EXPECT_FALSE(parse(file_of(u8_header("(1,)"), "a", 4), version));
  EXPECT_TRUE(reported(version, Message::malformed_file, "no version 4"));
}

TEST(Npy, RefusesElementsItDoesNotHave) {
  for (const char* description : {">f4", "<f2", "<c8", "|S3", "<U5", "|O"}) {
    ir::Diagnostics diagnostics;
    const std::string header =
        std::string("{'descr': '") + description + "', 'fortran_order': False, 'shape': (1,), }";
    EXPECT_FALSE(parse(file_of(header, "abcd"), diagnostics));
    EXPECT_TRUE(reported(diagnostics, Message::unsupported_elements, description));
  }
  ir::Diagnostics diagnostics;
  const std::string header = "{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }";
  EXPECT_FALSE(parse(file_of(header, "\x02"), diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "neither 0 nor 1"));
}

TEST(Npy, RefusesImpossibleSizes) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(
      parse(file_of(u8_header("(4194305, 4194305, 211106198978564)"), "abcd"), diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::tensor_too_large));
}

TEST(Npy, ReadsFiles) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(read_npy(scratch.write("a.npy", file_of(u8_header("(1,)"), "a")), {}, diagnostics));
  EXPECT_TRUE(
      read_npy(scratch.write_gzip("a.npy.gz", file_of(u8_header("(1,)"), "a")), {}, diagnostics));
  EXPECT_FALSE(read_npy(scratch.path("missing.npy"), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_open));
}

}  // namespace
}  // namespace gradc::driver
