#include <fmt/format.h>

#include "driver/flow/findings.h"
#include "driver/flow/report.h"
#include "driver/flow/tables.h"
#include "driver/xml.h"

namespace gradc::driver {

namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{0}: gradient flow</title>
<style>
body {{ font: 15px/1.5 sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #222 }}
table {{ border-collapse: collapse; margin: 0.5em 0 2em }}
th, td {{ padding: 2px 12px 2px 0; text-align: right; border-bottom: 1px solid #ddd }}
th:nth-child(-n+2), td:nth-child(-n+2) {{ text-align: left }}
td:nth-child(2) {{ color: #777 }}
.mark {{ color: #d55e00; font-weight: bold }}
.finding {{ border-left: 4px solid #d55e00; padding-left: 12px; margin: 1em 0 }}
svg {{ max-width: 100%; height: auto }}
</style>
</head>
<body>
<h1>{0}: gradient flow</h1>
)";

std::string row_html(const std::vector<std::string>& cells, std::string_view tag,
                     std::string_view mark) {
  std::string out = "<tr>";
  for (const std::string& cell : cells) out += fmt::format("<{0}>{1}</{0}>", tag, xml_text(cell));
  return out + fmt::format("<{0} class=\"mark\">{1}</{0}></tr>\n", tag, xml_text(mark));
}

std::string table_html(const Table& table) {
  std::string out = fmt::format("<h3>{}</h3>\n<table>\n", xml_text(table.title));
  out += row_html(table.columns, "th", "");
  for (const Table::Line& line : table.lines) out += row_html(line.cells, "td", line.mark);
  return out + "</table>\n";
}

std::string finding_html(const FlowRow& row, const Finding& finding) {
  return fmt::format(
      "<div class=\"finding\"><b>{}</b> ({}) <span class=\"mark\">{}</span>: {}.<br>What helps: "
      "{}.</div>\n",
      xml_text(title_of(row)), xml_text(ir::to_string(row.location)), finding.name,
      xml_text(finding.text), xml_text(finding.cure));
}

std::string history_html(const FlowHistory& history) {
  std::string out = fmt::format("<h2>Step {}</h2>\n", xml_text(history.step()));
  if (history.samples().empty()) return out + "<p>It was never called.</p>\n";
  out += fmt::format("<p>Training steps {} to {}, {} of them shown.</p>\n",
                     history.samples().front().step, history.samples().back().step,
                     history.samples().size());
  const std::vector<Finding> found = findings(history);
  for (const Finding& finding : found) out += finding_html(history.rows()[finding.row], finding);
  if (found.empty()) out += "<p>Nothing looks wrong in the latest of them.</p>\n";
  for (std::size_t row = 0; row < history.rows().size(); ++row)
    if (history.rows()[row].kind == FlowRow::Kind::sequence)
      out += norms_plot(history, row) + norms_map(history, row);
  for (const Table& table : tables(history)) out += table_html(table);
  return out;
}

}  // namespace

std::string flow_html(const FlowReport& report) {
  std::string out = fmt::format(head, xml_text(report.model));
  for (const FlowHistory& history : report.histories) out += history_html(history);
  return out + "</body>\n</html>\n";
}

}  // namespace gradc::driver
