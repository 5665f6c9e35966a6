#include "driver/train/log.h"

#include <limits>

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::Message;

TEST(Log, WritesWholeLinesAtOnce) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  auto log = Log::open(scratch.path("run.jsonl"), Log::Start::empty, {}, diagnostics);
  ASSERT_TRUE(log);
  const LogField fields[] = {
      {"epoch", std::int64_t{3}}, {"loss", 0.5}, {"model", std::string("a\"b")}, {"done", true}};
  EXPECT_TRUE(log->write("epoch", fields, diagnostics));
  EXPECT_EQ(scratch.read("run.jsonl"),
            "{\"event\":\"epoch\",\"epoch\":3,\"loss\":0.5,\"model\":\"a\\\"b\",\"done\":true}\n");
  const LogField diverged[] = {{"loss", std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_TRUE(log->write("step", diverged, diagnostics));
  EXPECT_TRUE(scratch.read("run.jsonl").ends_with("}\n{\"event\":\"step\",\"loss\":null}\n"));
}

TEST(Log, AppendsOrStartsAnew) {
  const Scratch scratch;
  scratch.write("run.jsonl", "old\n");
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(Log::open(scratch.path("run.jsonl"), Log::Start::append, {}, diagnostics)
                  ->write("resume", {}, diagnostics));
  EXPECT_EQ(scratch.read("run.jsonl"), "old\n{\"event\":\"resume\"}\n");
  EXPECT_TRUE(Log::open(scratch.path("run.jsonl"), Log::Start::empty, {}, diagnostics)
                  ->write("start", {}, diagnostics));
  EXPECT_EQ(scratch.read("run.jsonl"), "{\"event\":\"start\"}\n");
}

TEST(Log, ReportsWhatGoesWrong) {
  const Scratch scratch;
  ir::Diagnostics opening, writing;
  EXPECT_FALSE(Log::open(scratch.path("no/run.jsonl"), Log::Start::empty, {}, opening));
  EXPECT_TRUE(reported(opening, Message::cannot_open, "No such file"));
  auto log = Log::open("/dev/full", Log::Start::append, {}, writing);
  ASSERT_TRUE(log);
  EXPECT_FALSE(log->write("start", {}, writing));
  EXPECT_TRUE(reported(writing, Message::cannot_write, "No space left"));
}

}  // namespace
}  // namespace gradc::driver
