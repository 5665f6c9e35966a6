#include "driver/data/files.h"

#include <sys/resource.h>

#include <csignal>
#include <functional>

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::Message;

TEST(Glob, MatchesAsAShellDoes) {
  EXPECT_TRUE(matches_glob("images-idx3-ubyte.gz", "*images-idx3*"));
  EXPECT_TRUE(matches_glob("train-images-idx3-ubyte", "*images-idx3*"));
  EXPECT_TRUE(matches_glob("abc", "a?c"));
  EXPECT_TRUE(matches_glob("", "*"));
  EXPECT_TRUE(matches_glob("aXbXb", "a*b"));
  EXPECT_FALSE(matches_glob("labels", "*images*"));
  EXPECT_FALSE(matches_glob("abc", "ab"));
  EXPECT_FALSE(matches_glob("ab", "ab?"));
  EXPECT_FALSE(matches_glob("", "?"));
}

TEST(Glob, ManyStarsTakeLittleTime) {
  const std::string name(2000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(matches_glob(name, pattern + "b"));
}

TEST(FindDataFile, FindsTheOnlyMatch) {
  const Scratch scratch;
  scratch.write("images.gz", "");
  scratch.write("labels.gz", "");
  scratch.write(".images.swp", "");
  std::filesystem::create_directory(scratch.path("images-folder"));
  ir::Diagnostics diagnostics;
  EXPECT_EQ(find_data_file(scratch.folder(), "images*", {}, diagnostics),
            scratch.path("images.gz"));
  EXPECT_TRUE(diagnostics.all().empty());
}

TEST(FindDataFile, ListsWhatIsThereWhenNothingMatches) {
  const Scratch scratch;
  for (char c = 'a'; c < 'a' + 12; ++c) scratch.write(std::string(1, c), "");
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(find_data_file(scratch.folder(), "*.csv", {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::no_file_matches,
                       "there are: a, b, c, d, e, f, g, h, i, j and 2 more"));
}

TEST(FindDataFile, RefusesToChoose) {
  const Scratch scratch;
  scratch.write("b.csv", "");
  scratch.write("a.csv", "");
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(find_data_file(scratch.folder(), "*.csv", {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::several_files_match, "they are: a.csv, b.csv"));
}

TEST(FindDataFile, StaysInTheFolder) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("data"));
  scratch.write("secret", "");
  for (const char* pattern : {"../secret", "/etc/passwd", "./../secret", "data/x"}) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(find_data_file(scratch.path("data"), pattern, {}, diagnostics));
    EXPECT_TRUE(reported(diagnostics, Message::file_pattern_has_folder, pattern));
  }
  for (const char* pattern : {"..", ".", ""}) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(find_data_file(scratch.path("data"), pattern, {}, diagnostics));
    EXPECT_TRUE(reported(diagnostics, Message::no_file_matches));
  }
}

TEST(FindDataFile, ReportsAMissingFolder) {
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(find_data_file("/no/such/folder", "*", {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_open, "No such file"));
}

TEST(ReadFile, ReadsEveryByte) {
  const Scratch scratch;
  std::string text(300'000, 'x');
  text[299'999] = '\0';
  const std::string path = scratch.write("file", text);
  ir::Diagnostics diagnostics;
  const auto bytes = read_file(path, {}, diagnostics);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(text_of(*bytes), text);
}

TEST(ReadFile, ReportsWhatItCannotRead) {
  const Scratch scratch;
  for (const auto& read : {read_file, read_unzipped_file}) {
    ir::Diagnostics missing, folder, large;
    EXPECT_FALSE(read(scratch.path("missing"), {}, missing, 100));
    EXPECT_TRUE(reported(missing, Message::cannot_open, "No such file"));
    EXPECT_FALSE(read(scratch.folder(), {}, folder, 100));
    EXPECT_TRUE(reported(folder, Message::cannot_read, "Is a directory"));
    EXPECT_FALSE(read(scratch.write("large", "12345"), {}, large, 4));
    EXPECT_TRUE(reported(large, Message::file_too_large, "limit of 4 bytes"));
    ir::Diagnostics fits;
    EXPECT_TRUE(read(scratch.path("large"), {}, fits, 5));
  }
}

TEST(ReadUnzippedFile, ReadsGzipAndPlain) {
  const Scratch scratch;
  const std::string text(100'000, 'z');
  ir::Diagnostics diagnostics;
  const auto zipped = read_unzipped_file(scratch.write_gzip("a.gz", text), {}, diagnostics);
  const auto plain = read_unzipped_file(scratch.write("a", text), {}, diagnostics);
  ASSERT_TRUE(zipped && plain);
  EXPECT_EQ(text_of(*zipped), text);
  EXPECT_EQ(text_of(*plain), text);
}

TEST(ReadUnzippedFile, LimitsWhatASmallFileUnfoldsTo) {
  const Scratch scratch;
  const std::string path = scratch.write_gzip("bomb.gz", std::string(1'000'000, '\0'));
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(read_unzipped_file(path, {}, diagnostics, 10'000));
  EXPECT_TRUE(reported(diagnostics, Message::file_too_large));
}

TEST(ReadUnzippedFile, NoticesEveryTruncationAndDamage) {
  const Scratch scratch;
  scratch.write_gzip("a.gz", "some text that is compressed");
  const std::string whole = scratch.read("a.gz");
  for (std::size_t length = 2; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    EXPECT_FALSE(
        read_unzipped_file(scratch.write("cut.gz", whole.substr(0, length)), {}, diagnostics))
        << length;
    EXPECT_TRUE(reported(diagnostics, Message::cannot_read)) << length;
  }
  std::string damaged = whole;
  damaged[20] ^= 1;
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(read_unzipped_file(scratch.write("bad.gz", damaged), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_read));
}

TEST(WriteFile, ReplacesTheOldFileAndLeavesNothingElse) {
  const Scratch scratch;
  scratch.write("out", "old text, longer than the new one");
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(write_file_atomically(scratch.path("out"), bytes_of("new"), {}, diagnostics));
  EXPECT_EQ(scratch.read("out"), "new");
  EXPECT_EQ(scratch.count(), 1u);
}

TEST(WriteFile, WritesInTheCurrentFolder) {
  const Scratch scratch;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder());
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(write_file_atomically("out", bytes_of("text"), {}, diagnostics));
  std::filesystem::current_path(before);
  EXPECT_EQ(scratch.read("out"), "text");
}

TEST(WriteFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const Scratch scratch;
  scratch.write("out", "old");
  // A limit on file sizes stands in for a full disk.
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  ir::Diagnostics diagnostics;
  const bool written = write_file_atomically(scratch.path("out"), Bytes(5000), {}, diagnostics);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(written);
  EXPECT_TRUE(reported(diagnostics, Message::cannot_write, "File too large"));
  EXPECT_EQ(scratch.read("out"), "old");
  EXPECT_EQ(scratch.count(), 1u);
}

TEST(WriteFile, ReportsAMissingFolder) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  EXPECT_FALSE(write_file_atomically(scratch.path("no/out"), bytes_of("x"), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_write, "No such file"));
}

TEST(WriteFile, NeverReplacesADevice) {
  ir::Diagnostics diagnostics;
  EXPECT_TRUE(write_file_atomically("/dev/null", bytes_of("x"), {}, diagnostics));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_FALSE(write_file_atomically("/dev/full", bytes_of("x"), {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_write, "No space left"));
}

}  // namespace
}  // namespace gradc::driver
