#include <gtest/gtest.h>

#include <cmath>

#include "driver/flow/findings.h"
#include "driver/flow/report.h"
#include "driver/flow/tables.h"

namespace gradc::driver {
namespace {

using Kind = FlowRow::Kind;

const FlowRow forwards{.kind = Kind::sequence, .name = "h", .is_recurrent = true};
const FlowRow backwards{
    .kind = Kind::sequence, .name = "g", .is_recurrent = true, .is_reverse = true};
const FlowRow parameter{.kind = Kind::parameter, .name = "w", .first_result = 1};

ir::Tensor real(double value) { return ir::Tensor({}, std::span<const double>(&value, 1)); }

/// The history of one row that saw these results, each in a sample of its own.
FlowHistory history_of(FlowRow row, std::initializer_list<std::vector<double>> samples) {
  FlowHistory out("fit", {std::move(row)});
  std::int64_t step = 0;
  for (const std::vector<double>& values : samples) {
    std::vector<ir::Tensor> results = {real(0.5)};
    const auto size = static_cast<std::int64_t>(values.size());
    if (out.rows()[0].kind == Kind::parameter)
      for (const double value : values) results.push_back(real(value));
    else
      results.emplace_back(ir::Shape{size}, std::span<const double>(values));
    out.add(++step, results);
  }
  return out;
}

std::vector<std::string_view> found(const FlowRow& row, std::vector<double> values) {
  FlowRow own = row;
  own.first_result = 1;
  std::vector<std::string_view> out;
  for (const Finding& finding : findings(history_of(own, {std::move(values)})))
    out.push_back(finding.name);
  return out;
}

using Names = std::vector<std::string_view>;

TEST(Flow, ThinsSamplesAndKeepsTheFirstAndTheLatest) {
  FlowHistory history("fit", {});
  for (std::int64_t step = 1; step <= 5000; ++step) {
    history.add(step, std::vector{real(static_cast<double>(step))});
    EXPECT_LE(history.samples().size(), 512u);
    EXPECT_EQ(history.samples().front().step, 1);
    EXPECT_EQ(history.samples().back().step, step);
  }
  EXPECT_GT(history.samples().size(), 256u);
  const auto& samples = history.samples();
  for (std::size_t i = 2; i + 1 < samples.size(); ++i)
    EXPECT_EQ(samples[i].step - samples[i - 1].step, samples[1].step - samples[0].step);
}

TEST(Flow, AGradientPassesFromTheLastStepToTheFirst) {
  const std::vector<double> norms = {1e-3, 1e-2, 1e-1, 0};  // nothing depends on the last step
  const auto passage = passage_of(forwards, norms);
  ASSERT_TRUE(passage);
  EXPECT_EQ(passage->from, 2u);
  EXPECT_EQ(passage->to, 0u);
  EXPECT_DOUBLE_EQ(passage->ratio(), 1e-2);
  EXPECT_DOUBLE_EQ(passage_of(backwards, norms)->ratio(), 1e2);
  EXPECT_FALSE(passage->underflows);
  EXPECT_TRUE(passage_of(forwards, std::vector<double>{0, 1e-37, 1e-17, 1})->underflows);
  EXPECT_FALSE(passage_of(forwards, std::vector<double>{0, 1e-2, 1})->underflows) << "truncated";
  EXPECT_FALSE(passage_of(forwards, std::vector<double>{0, 0, 1}));
  EXPECT_FALSE(passage_of(forwards, std::vector<double>{0.5, NAN, 1}));
}

TEST(Flow, RatiosDecideWhatVanishesAndExplodes) {
  EXPECT_EQ(found(forwards, {1e-12, 1e-6, 1}), Names{"vanishes"});
  EXPECT_EQ(found(forwards, {1e-10, 1e-5, 1}), Names{});  // norms are roots of what is seen
  EXPECT_EQ(found(forwards, {1e14, 1e7, 1}), Names{"explodes"});
  EXPECT_EQ(found(backwards, {1e14, 1e7, 1}), Names{"vanishes"});
  EXPECT_EQ(found(forwards, {NAN, 1, 1}), Names{"not finite"});
  FlowRow not_recurrent = forwards;
  not_recurrent.is_recurrent = false;
  EXPECT_EQ(found(not_recurrent, {1e-12, 1e-6, 1}), Names{});
}

TEST(Flow, SharesDecideWhatIsSaturatedAndDead) {
  const FlowRow gate{.kind = Kind::activation}, unit{.kind = Kind::rectifier};
  EXPECT_EQ(found(gate, {0.4}), Names{});
  EXPECT_EQ(found(gate, {0.6}), Names{"saturated"});
  EXPECT_EQ(found(unit, {0.6}), Names{"dead"});
  EXPECT_EQ(found({.kind = Kind::clip}, {0.5}), Names{"always clips"});
  EXPECT_EQ(found({.kind = Kind::clip}, {1}), Names{});
}

TEST(Flow, AnUpdateIsComparedWithWhatItUpdates) {
  EXPECT_EQ(found(parameter, {1, 1e-6, 1}), Names{});
  EXPECT_EQ(found(parameter, {1, 1e-12, 1}), Names{"hardly moves"});
  EXPECT_EQ(found(parameter, {1, 1, 1}), Names{"jumps"});
  EXPECT_EQ(found(parameter, {1, 1, 0}), Names{});  // it was zero before
  EXPECT_EQ(found(parameter, {0, 0, 1}), Names{"no gradient"});
}

TEST(Flow, TheTablesMarkWhatWasFound) {
  const auto history = history_of(
      {.kind = Kind::activation, .name = "lstm", .function = "sigmoid(f)", .first_result = 1},
      {{0.1}, {0.75}});
  const std::vector<Table> all = tables(history);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].lines[0].cells,
            (std::vector<std::string>{"lstm: sigmoid(f)", "", "10.0 %", "75.0 %"}));
  EXPECT_EQ(all[0].lines[0].mark, "saturated");
}

TEST(Flow, ThePageNeedsNothingElseAndQuotesWhatIsWritten) {
  FlowRow row = forwards;
  row.name = "<h>";
  row.first_result = 1;
  const std::string page = flow_html({"M & N", {history_of(row, {{1e-14, 1}, {1, 1}})}});
  EXPECT_EQ(page.find("<h>"), std::string::npos);
  EXPECT_NE(page.find("<h1>M &amp; N: gradient flow</h1>"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("href="), std::string::npos);
  EXPECT_NE(page.find("<polyline"), std::string::npos);
  EXPECT_NE(page.find("#fde725"), std::string::npos) << "the brightest colour of the map";
}

TEST(Flow, TheNameOfAFileSaysItsForm) {
  EXPECT_EQ(flow_form("a.html"), flow_html);
  EXPECT_EQ(flow_form("b/a.svg"), flow_svg);
  EXPECT_EQ(flow_form("a.json"), flow_json);
  EXPECT_EQ(flow_form("-"), flow_text);
  EXPECT_EQ(flow_form("a.txt"), nullptr);
}

}  // namespace
}  // namespace gradc::driver
