#include "driver/data/series.h"

#include "driver_scratch.h"
#include "ir/messages.h"

namespace gradc::driver {
namespace {

using ir::Message;
using Values = std::vector<double>;

constexpr std::string_view header = "#a comment\n@univariate false\n@classLabel true a b\n@data\n";

std::optional<ir::Tensor> parse(std::string_view rows, const frontend::SequenceColumn& column,
                                ir::Diagnostics& diagnostics) {
  const Scratch scratch;
  const std::string path = scratch.write("a.ts", std::string(header) + std::string(rows));
  return read_series(path, column, {}, diagnostics);
}

Values read(std::string_view rows, const frontend::SequenceColumn& column) {
  ir::Diagnostics diagnostics;
  const auto tensor = parse(rows, column, diagnostics);
  EXPECT_TRUE(tensor) << ir::render(diagnostics);
  Values out;
  for (std::int64_t i = 0; tensor && i < tensor->size(); ++i) out.push_back(tensor->real(i));
  return out;
}

testing::AssertionResult refuses(std::string_view rows, Message message, std::string_view part,
                                 const frontend::SequenceColumn& column = {.name = "values"}) {
  ir::Diagnostics diagnostics;
  if (parse(rows, column, diagnostics)) return testing::AssertionFailure() << "accepted";
  return reported(diagnostics, message, part);
}

TEST(Series, IsPaddedAtItsEnd) {
  constexpr std::string_view rows = "1,2,3:4,5,6:a\n7:8:b\r\n";
  EXPECT_EQ(read(rows, {.name = "values"}), (Values{1, 4, 2, 5, 3, 6, 7, 8, 0, 0, 0, 0}));
  EXPECT_EQ(read(rows, {.name = "values", .length = 4}).size(), 16U);
  EXPECT_EQ(read(rows, {.name = "length"}), (Values{3, 1}));
  EXPECT_EQ(read(rows, {.name = "class"}), (Values{0, 1}));
}

TEST(Series, OfTheClassesTakeTurns) {
  constexpr std::string_view rows = "1:a\n2:a\n3:a\n4:b\n5:b\n";
  EXPECT_EQ(read(rows, {.name = "values"}), (Values{1, 4, 2, 5, 3}));
  EXPECT_EQ(read(rows, {.name = "class"}), (Values{0, 1, 0, 1, 0}));
}

TEST(Series, SayWhatIsWrong) {
  EXPECT_TRUE(refuses("1,x:a\n", Message::malformed_file, "line 5 has `x` where"));
  EXPECT_TRUE(refuses("1,2:3:a\n", Message::malformed_file, "line 5 has dimensions of different"));
  EXPECT_TRUE(refuses("1:2:a\n1:a\n", Message::malformed_file, "line 6 has another number"));
  EXPECT_TRUE(refuses("1:c\n", Message::malformed_file, "line 5 has the unknown class `c`"));
  EXPECT_TRUE(refuses("1\n", Message::malformed_file, "line 5 has no class"));
  EXPECT_TRUE(refuses("", Message::csv_no_rows, ""));
  EXPECT_TRUE(refuses("1,2:a\n", Message::series_too_long, "2 steps, which is more than 1",
                      {.name = "values", .length = 1}));
  EXPECT_TRUE(refuses("1:a\n", Message::csv_unknown_column, "colour", {.name = "colour"}));
}

}  // namespace
}  // namespace gradc::driver
