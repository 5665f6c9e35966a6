#include "driver/data/text.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

TEST(Text, IsItsBytes) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const auto text = read_text(scratch.write("a.txt", "caf\xC3\xA9\n"), {}, diagnostics);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->type(), (ir::Type{ir::DType::u8, {6}}));
  EXPECT_EQ(text->integer(4), 0xA9);
  EXPECT_EQ(read_text(scratch.write_gzip("a.txt.gz", "caf\xC3\xA9\n"), {}, diagnostics), text);
}

TEST(Text, MayBeEmpty) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  EXPECT_EQ(read_text(scratch.write("a.txt", ""), {}, diagnostics)->size(), 0);
}

TEST(Text, ReportsAMissingFile) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(read_text("/no/such/file", {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, ir::Message::cannot_open));
}

}  // namespace
}  // namespace gradc::driver
