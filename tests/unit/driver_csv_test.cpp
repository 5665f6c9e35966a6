#include "driver/data/csv.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::Message;
using Values = std::vector<double>;

/// The values of the table, or none where it was refused.
Values parse(std::string_view text, const CsvOptions& options, ir::Diagnostics& diagnostics) {
  const auto tensor = parse_csv(text, options, "t.csv", {}, diagnostics);
  if (!tensor) return {};
  const auto values = tensor->as<double>();
  return {values.begin(), values.end()};
}

/// The values of a table that is fine.
Values values(std::string_view text, const CsvOptions& options = {}) {
  ir::Diagnostics diagnostics;
  const Values result = parse(text, options, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << ir::render(diagnostics);
  return result;
}

testing::AssertionResult refuses(std::string_view text, Message message, std::string_view part,
                                 const CsvOptions& options = {}) {
  ir::Diagnostics diagnostics;
  if (!parse(text, options, diagnostics).empty()) return testing::AssertionFailure() << "accepted";
  return reported(diagnostics, message, part);
}

TEST(Csv, ReadsNumbersRowByRow) {
  ir::Diagnostics diagnostics;
  const auto tensor = parse_csv("1,2.5\n-3e2,+.5\n", {}, "t.csv", {}, diagnostics);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->type(), (ir::Type{ir::DType::f64, {2, 2}}));
  EXPECT_EQ(values("1,2.5\n-3e2,+.5\n"), (Values{1, 2.5, -300, 0.5}));
}

TEST(Csv, AcceptsEveryLineEnd) {
  EXPECT_EQ(values("1,2\r\n3,4\r\n"), (Values{1, 2, 3, 4}));
  EXPECT_EQ(values("1,2\n3,4"), (Values{1, 2, 3, 4}));
  EXPECT_EQ(values("\n1,2\n\n3,4\n\r\n"), (Values{1, 2, 3, 4}));
  EXPECT_EQ(values("\xEF\xBB\xBF"
                   "1\n2\n"),
            (Values{1, 2}));
}

TEST(Csv, UnderstandsQuotes) {
  EXPECT_EQ(values("\"1\",\" 2 \"\n"), (Values{1, 2}));
  const CsvOptions named{.columns = {"a \"b\", c\nd"}};
  EXPECT_EQ(values("x,\"a \"\"b\"\", c\nd\"\n1,2\n", named), (Values{2}));
}

TEST(Csv, FindsTheHeader) {
  EXPECT_EQ(values("a,b\n1,2\n"), (Values{1, 2}));
  EXPECT_EQ(values("a,b\n1,2\n", {.columns = {"b"}}), (Values{2}));
  EXPECT_EQ(values("150,4\n1,2\n", {.header = true}), (Values{1, 2}));
  EXPECT_EQ(values("1,2\n3,4\n", {.columns = {"2"}}), (Values{4}));
  EXPECT_EQ(values("a\n", {.header = false}), (Values{0}));
}

TEST(Csv, SelectsColumns) {
  EXPECT_EQ(values("1,2,3\n4,5,6\n", {.columns = {-1}}), (Values{3, 6}));
  EXPECT_EQ(values("1,2,3\n4,5,6\n", {.columns = {2, 0}}), (Values{3, 1, 6, 4}));
  EXPECT_TRUE(refuses("1,2\n", Message::csv_unknown_column, "it has 2 columns", {.columns = {2}}));
  EXPECT_TRUE(refuses("1,2\n", Message::csv_unknown_column, "`-3`", {.columns = {-3}}));
  EXPECT_TRUE(refuses("a,b\n1,2\n", Message::csv_unknown_column, "its columns are: a, b",
                      {.columns = {"c"}}));
  EXPECT_TRUE(refuses("a,b\n1,2\n", Message::csv_unknown_column, "`a`",
                      {.header = false, .columns = {"a"}}));
}

TEST(Csv, OtherColumnsMayHoldAnything) {
  EXPECT_EQ(values("date,x\n2016-07-01,1\n,2\n", {.columns = {"x"}}), (Values{1, 2}));
}

TEST(Csv, NumbersClassesInOrderOfAppearance) {
  EXPECT_EQ(values("x,c\n1,cat\n2,dog\n3,cat\n4,emu\n"), (Values{1, 0, 2, 1, 3, 0, 4, 2}));
  EXPECT_EQ(values("7\n3\n7\n", {.values = CsvValues::classes}), (Values{0, 1, 0}));
  EXPECT_TRUE(refuses("cat\n\"\"\n", Message::csv_missing_value, "t.csv:2:1", {.header = false}));
}

TEST(Csv, OtherDelimiters) {
  EXPECT_EQ(values("1 2\n3 4\n", {.delimiter = ' '}), (Values{1, 2, 3, 4}));
  EXPECT_EQ(values("1\t2\n", {.delimiter = '\t'}), (Values{1, 2}));
}

TEST(Csv, PlacesMistakesInTheFile) {
  EXPECT_TRUE(refuses("a,b\n1,2\n3,4x\n", Message::csv_not_a_number, "t.csv:3:3: `4x`"));
  EXPECT_TRUE(refuses("1,2\n3,\n", Message::csv_missing_value, "t.csv:2:3"));
  EXPECT_TRUE(refuses("1,2\n3\n", Message::csv_field_count,
                      "t.csv:2:1: the row has 1 fields but the first row has 2"));
  EXPECT_TRUE(refuses("1,\"2\n3\n", Message::csv_unclosed_quote, "t.csv:1:3"));
  EXPECT_TRUE(refuses("1,2\"\n", Message::csv_stray_quote, "t.csv:1:4"));
  EXPECT_TRUE(refuses("\"1\"x,2\n", Message::csv_stray_quote, "t.csv:1:4"));
  // A line break within quotes counts as a line.
  EXPECT_TRUE(refuses("\"a\nb\",c\n1,x\n2,3\n", Message::csv_not_a_number, "t.csv:3:3: `x`"));
}

TEST(Csv, RefusesWhatIsNoFiniteNumber) {
  for (const char* field :
       {"nan", "inf", "-inf", "1e999", "0x10", "1,5", "1 2", "+-1", "--1", "1e", "."}) {
    const std::string text = std::string("1;2\n3;") + field + "\n";
    EXPECT_TRUE(refuses(text, Message::csv_not_a_number, field, {.delimiter = ';'}));
  }
}

TEST(Csv, AMistypedNumberDoesNotMakeClasses) {
  EXPECT_TRUE(
      refuses("l.0\n2\n3\n", Message::csv_not_a_number, "t.csv:1:1: `l.0`", {.header = false}));
}

TEST(Csv, RefusesFilesWithoutRows) {
  EXPECT_TRUE(refuses("", Message::csv_no_rows, "t.csv"));
  EXPECT_TRUE(refuses("\n\r\n", Message::csv_no_rows, "t.csv"));
  EXPECT_TRUE(refuses("a,b\n", Message::csv_no_rows, "t.csv", {.header = true}));
}

TEST(Csv, NoTruncationCrashes) {
  const std::string whole =
      "\xEF\xBB\xBF"
      "a,\"b \"\"c\"\"\"\r\n1,\"2\"\r\n\r\n3,4\r\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    const bool accepted = !parse(whole.substr(0, length), {}, diagnostics).empty();
    EXPECT_EQ(accepted, diagnostics.all().empty()) << length;
  }
}

TEST(Csv, ReadsFilesPlainAndZipped) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  const auto plain = read_csv(scratch.write("a.csv", "1,2\n"), {}, {}, diagnostics);
  const auto zipped = read_csv(scratch.write_gzip("a.csv.gz", "1,2\n"), {}, {}, diagnostics);
  ASSERT_TRUE(plain && zipped);
  EXPECT_EQ(*plain, *zipped);
  EXPECT_FALSE(read_csv(scratch.path("missing"), {}, {}, diagnostics));
  EXPECT_TRUE(reported(diagnostics, Message::cannot_open));
}

/// A published file, what to read of it, and what comes out.
struct Published {
  std::string file;
  CsvOptions options;
  ir::Shape shape;
  double first, last;
};

TEST(Csv, ReadsPublishedFiles) {
  const std::string folder = GRADC_SHARED_DATA "/datasets/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  const Published files[] = {
      {"sklearn/iris.csv", {.header = true}, {150, 5}, 5.1, 2},
      {"sklearn/digits.csv.gz", {.columns = {-1}}, {1797, 1}, 0, 8},
      {"sklearn/diabetes_data_raw.csv.gz", {.delimiter = ' '}, {442, 10}, 59, 92},
      {"series/Airline.csv", {.columns = {"Passengers"}}, {144, 1}, 112, 432},
      {"series/sunspots.csv", {}, {309, 2}, 1700, 2.9},
      {"ett/ETTh1.csv",
       {.columns = {"HUFL", "OT"}},
       {17420, 2},
       5.827000141143799,
       9.56700038909912},
  };
  for (const Published& file : files) {
    ir::Diagnostics diagnostics;
    const auto tensor = read_csv(folder + file.file, file.options, {}, diagnostics);
    ASSERT_TRUE(tensor) << file.file << "\n" << ir::render(diagnostics);
    EXPECT_EQ(tensor->type().shape, file.shape) << file.file;
    EXPECT_EQ(tensor->real(0), file.first) << file.file;
    EXPECT_EQ(tensor->real(tensor->size() - 1), file.last) << file.file;
  }
}

TEST(Csv, IsCutIntoWindowsOfRows) {
  constexpr std::string_view table = "1,10\n2,20\n3,30\n4,40\n5,50\n";
  const frontend::TextWindows windows = {.length = 2, .stride = 2, .shift = 1};
  ir::Diagnostics diagnostics;
  const auto tensor = parse_csv(table, {.windows = windows}, "t.csv", {}, diagnostics);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->type(), (ir::Type{ir::DType::f64, {2, 2, 2}}));
  EXPECT_EQ(values(table, {.windows = windows}), (Values{2, 20, 3, 30, 4, 40, 5, 50}));
  EXPECT_TRUE(refuses(table, Message::too_few_rows, "5 rows, which is too few for a window of 7",
                      {.windows = {.length = 6, .stride = 1, .shift = 1}}));
}

}  // namespace
}  // namespace gradc::driver
