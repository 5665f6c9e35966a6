#include "driver/data/conllu.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::Message;
using Numbers = std::vector<std::int32_t>;

std::string word(std::string_view id, std::string_view form, std::string_view tag) {
  return fmt::format("{}\t{}\t_\t{}\t_\t_\t_\t_\t_\t_\n", id, form, tag);
}

/// "les deux dés." and "les chats", with everything that is not a word.
std::string train_text() {
  return "# sent_id = 1\n" + word("1", "les", "DET") + word("2-3", "deuxdés", "_") +
         word("2", "deux", "NUM") + word("3", "dés", "NOUN") + word("3.1", "sont", "VERB") + "\n" +
         "# sent_id = 2\r\n" + word("1", "les", "DET") + word("2", "chats", "NOUN") + "\n";
}

struct Column {
  ir::Shape shape;
  Numbers numbers;
};

Column read(const std::vector<std::string>& paths, const frontend::SequenceColumn& column) {
  ir::Diagnostics diagnostics;
  const auto tensor = read_conllu(paths, column, {}, diagnostics);
  EXPECT_TRUE(tensor) << ir::render(diagnostics);
  if (!tensor) return {};
  const auto values = tensor->as<std::int32_t>();
  return {tensor->type().shape, {values.begin(), values.end()}};
}

TEST(Conllu, NumbersWordsByHowOftenTheyAre) {
  const Scratch scratch;
  const Column words = read({scratch.write("a.conllu", train_text())}, {.name = "form"});
  EXPECT_EQ(words.shape, (ir::Shape{2, 3}));
  EXPECT_EQ(words.numbers, (Numbers{2, 3, 4, 2, 5, 0}));
  const Column tags =
      read({scratch.write("a.conllu", train_text())}, {.name = "upos", .length = 4});
  EXPECT_EQ(tags.numbers, (Numbers{2, 4, 3, 0, 2, 3, 0, 0}));
}

TEST(Conllu, KnowsTheWordsOfTheFirstFileOnly) {
  const Scratch scratch;
  const std::string dev = word("1", "les", "DET") + word("2", "dés", "NOUN") +
                          word("3", "pipés", "ADJ");  // no empty line at the end
  const std::vector<std::string> paths = {scratch.write("a.conllu", train_text()),
                                          scratch.write("b.conllu", dev)};
  EXPECT_EQ(read(paths, {.name = "form"}).numbers, (Numbers{2, 3, 4, 2, 5, 0, 2, 4, 1}));
  EXPECT_EQ(read(paths, {.name = "form", .most = 4}).numbers, (Numbers{2, 3, 1, 2, 1, 0, 2, 1, 1}));
}

TEST(Conllu, TakesLettersNotBytes) {
  const Scratch scratch;
  const std::vector<std::string> path = {scratch.write("a.conllu", train_text())};
  // les deux dés, les chats: "s" ends four words, "x" one
  EXPECT_EQ(read(path, {.name = "form", .suffix = 1}).numbers, (Numbers{2, 3, 2, 2, 2, 0}));
  // "es" twice, then "ux", "és", "ts"
  EXPECT_EQ(read(path, {.name = "form", .suffix = 2}).numbers, (Numbers{2, 3, 4, 2, 5, 0}));
  // "le" twice, "de", "dé", "ch": where bytes were taken, half an é would stand there
  EXPECT_EQ(read(path, {.name = "form", .prefix = 2}).numbers, (Numbers{2, 3, 4, 2, 5, 0}));
}

TEST(Conllu, CutsLongSentencesAndKnowsTheLengths) {
  const Scratch scratch;
  const std::vector<std::string> path = {scratch.write("a.conllu", train_text())};
  EXPECT_EQ(read(path, {.name = "form", .length = 2}).numbers, (Numbers{2, 3, 4, 0, 2, 5}));
  const Column lengths = read(path, {.name = "length", .length = 2});
  EXPECT_EQ(lengths.shape, (ir::Shape{3}));
  EXPECT_EQ(lengths.numbers, (Numbers{2, 1, 2}));
}

TEST(Conllu, SaysWhatIsWrong) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const std::vector<std::string> short_line = {scratch.write("a.conllu", "# x\n1\tles\tDET\n\n")};
  EXPECT_FALSE(read_conllu(short_line, {.name = "form"}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::malformed_file, "line 2 has 3 columns instead of 10"));
  const std::vector<std::string> path = {scratch.write("b.conllu", train_text())};
  ir::Diagnostics others;
  EXPECT_FALSE(read_conllu(path, {.name = "colour"}, {}, others));
  EXPECT_TRUE(reported(others, Message::csv_unknown_column, "colour"));
}

}  // namespace
}  // namespace gradc::driver
