#include <fmt/format.h>

#include <algorithm>

#include "driver/flow/findings.h"
#include "driver/flow/report.h"
#include "driver/flow/tables.h"

namespace gradc::driver {

namespace {

std::string table_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    std::size_t width = table.columns[column].size();
    for (const Table::Line& line : table.lines) width = std::max(width, line.cells[column].size());
    widths.push_back(width);
  }
  const auto padded = [&](const std::vector<std::string>& cells) {
    std::string out = " ";
    for (std::size_t column = 0; column < cells.size(); ++column)
      out += column < 2 ? fmt::format(" {:<{}}", cells[column], widths[column])
                        : fmt::format("  {:>{}}", cells[column], widths[column]);
    return out;
  };
  std::string out = fmt::format("\n{}\n{}\n", table.title, padded(table.columns));
  for (const Table::Line& line : table.lines)
    out += padded(line.cells) + (line.mark.empty() ? "" : "  ! " + line.mark) + '\n';
  return out;
}

std::string findings_text(const FlowHistory& history) {
  std::string out;
  for (const Finding& finding : findings(history)) {
    const FlowRow& row = history.rows()[finding.row];
    out += fmt::format("! {} ({}) {}: {}\n  {}\n", title_of(row), ir::to_string(row.location),
                       finding.name, finding.text, finding.cure);
  }
  return out;
}

}  // namespace

std::string flow_text(const FlowReport& report) {
  std::string out;
  for (const FlowHistory& history : report.histories) {
    out += fmt::format("gradient flow of `{}`\n", history.step());
    out += findings_text(history);
    for (const Table& table : tables(history)) out += table_text(table);
  }
  return out;
}

std::string flow_summary(const FlowReport& report) {
  std::string out;
  for (const FlowHistory& history : report.histories) {
    if (history.samples().empty()) continue;
    for (std::size_t i = 0; i < history.rows().size(); ++i) {
      const FlowRow& row = history.rows()[i];
      if (!row.is_recurrent) continue;
      const auto passage = passage_of(row, history.samples().back().values[i]);
      if (passage)
        out += fmt::format("  {:<12} |gradient| at step {} is {:.2e} of that at step {}{}\n",
                           row.name, passage->to, passage->ratio(), passage->from,
                           passage->underflows ? ", then 0" : "");
    }
  }
  return out;
}

}  // namespace gradc::driver
