#include "driver/data/text.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

TEST(Text, IsItsBytes) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const auto text = read_text(scratch.write("a.txt", "caf\xC3\xA9\n"), {}, {}, diagnostics);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->type(), (ir::Type{ir::DType::u8, {6}}));
  EXPECT_EQ(text->integer(4), 0xA9);
  EXPECT_EQ(read_text(scratch.write_gzip("a.txt.gz", "caf\xC3\xA9\n"), {}, {}, diagnostics), text);
}

TEST(Text, IsCutIntoWindows) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const std::string path = scratch.write("a.txt", "abcdefgh");
  const auto text = read_text(path, {.length = 3, .stride = 2, .shift = 1}, {}, diagnostics);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->type(), (ir::Type{ir::DType::u8, {3, 3}}));
  const std::string expected = "bcddeffgh";
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(text->integer(static_cast<std::int64_t>(i)), expected[i]) << i;
}

TEST(Text, MustFillAWindow) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const std::string path = scratch.write("a.txt", "abcd");
  EXPECT_TRUE(read_text(path, {.length = 3, .stride = 3, .shift = 1}, {}, diagnostics));
  EXPECT_FALSE(read_text(path, {.length = 4, .stride = 4, .shift = 1}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, ir::Message::text_too_short,
                       fmt::format("`{}` has 4 bytes, which is too few for a window of 5", path)));
}

TEST(Text, MayBeEmpty) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  EXPECT_EQ(read_text(scratch.write("a.txt", ""), {}, {}, diagnostics)->size(), 0);
}

TEST(Text, ReportsAMissingFile) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(read_text("/no/such/file", {}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, ir::Message::cannot_open));
}

}  // namespace
}  // namespace gradc::driver
