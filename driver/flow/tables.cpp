#include "driver/flow/tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "driver/flow/findings.h"

namespace gradc::driver {

namespace {

using Kind = FlowRow::Kind;
using Cells = std::vector<std::string>;

std::string number(double value) { return fmt::format("{:.2e}", value); }
std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// A row of the history in the first sample and in the latest.
struct Seen {
  const FlowRow& row;
  const std::vector<double>& first;
  const std::vector<double>& latest;
  const FlowHistory& history;
};

Cells sequence_cells(const Seen& seen) {
  const auto passage = passage_of(seen.row, seen.latest);
  if (!passage) return {"-", "-", "-"};
  return {fmt::format("{} at {}", number(passage->norm_from), passage->from),
          fmt::format("{} at {}", number(passage->norm_to), passage->to), number(passage->ratio())};
}

Cells share_cells(const Seen& seen) { return {percent(seen.first[0]), percent(seen.latest[0])}; }

Cells parameter_cells(const Seen& seen) {
  return {number(seen.first[0]), number(seen.latest[0]), number(seen.latest[2]),
          number(update_ratio(seen.first)), number(update_ratio(seen.latest))};
}

Cells clip_cells(const Seen& seen) {
  return {number(seen.first[0]), number(seen.latest[0]), percent(seen.history.clip_rate())};
}

struct Layout {
  Kind kind;
  std::string_view title;
  std::vector<std::string> columns;
  Cells (*cells)(const Seen&);
};

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {
      {Kind::sequence,
       "Sequences: |d loss / d h[t]| where the gradient enters and where its way ends",
       {"enters", "ends", "ratio"},
       sequence_cells},
      {Kind::activation,
       "Activations: share of saturated values",
       {"first", "latest"},
       share_cells},
      {Kind::rectifier, "Rectifiers: share of dead units", {"first", "latest"}, share_cells},
      {Kind::parameter,
       "Parameters: norms, and how much of itself an update changes",
       {"|gradient| first", "latest", "|value|", "update first", "latest"},
       parameter_cells},
      {Kind::clip, "Clipping", {"scale first", "latest", "acts in"}, clip_cells},
  };
  return all;
}

}  // namespace

std::vector<Table> tables(const FlowHistory& history) {
  std::vector<Table> out;
  if (history.samples().empty()) return out;
  const std::vector<Finding> found = findings(history);
  for (const Layout& layout : layouts()) {
    Table table{std::string(layout.title), {"", "line"}, {}};
    table.columns.insert(table.columns.end(), layout.columns.begin(), layout.columns.end());
    for (std::size_t i = 0; i < history.rows().size(); ++i) {
      const FlowRow& row = history.rows()[i];
      if (row.kind != layout.kind) continue;
      Table::Line line{{title_of(row), ir::to_string(row.location)}, {}};
      const Seen seen{row, history.samples().front().values[i], history.samples().back().values[i],
                      history};
      std::ranges::move(layout.cells(seen), std::back_inserter(line.cells));
      const auto finding = std::ranges::find(found, i, &Finding::row);
      if (finding != found.end()) line.mark = finding->name;
      table.lines.push_back(std::move(line));
    }
    if (!table.lines.empty()) out.push_back(std::move(table));
  }
  return out;
}

}  // namespace gradc::driver
