#include "driver/flow/findings.h"
#include "driver/flow/report.h"
#include "driver/json.h"

namespace gradc::driver {

namespace {

using Kind = FlowRow::Kind;

/// Writes what the samples of one step hold.
class HistoryJson {
 public:
  HistoryJson(JsonWriter& json, const FlowHistory& history) : json_(json), history_(history) {}

  void write() {
    json_.begin_object().key("step").string(history_.step());
    json_.key("samples").begin_array();
    for (const FlowSample& sample : history_.samples()) json_.integer(sample.step);
    json_.end_array().key("loss").begin_array();
    for (const FlowSample& sample : history_.samples()) json_.number(sample.loss);
    json_.end_array();
    write_rows("sequences", Kind::sequence, &HistoryJson::write_sequence);
    write_rows("activations", Kind::activation, &HistoryJson::write_activation);
    write_rows("rectifiers", Kind::rectifier, &HistoryJson::write_rectifier);
    write_rows("parameters", Kind::parameter, &HistoryJson::write_parameter);
    write_rows("clip_norm", Kind::clip, &HistoryJson::write_clip);
    write_findings();
    json_.end_object();
  }

 private:
  using WriteRow = void (HistoryJson::*)(std::size_t row);

  void write_rows(std::string_view key, Kind kind, WriteRow write) {
    json_.key(key).begin_array();
    for (std::size_t row = 0; row < history_.rows().size(); ++row) {
      const FlowRow& info = history_.rows()[row];
      if (info.kind != kind) continue;
      json_.begin_object().key("name").string(info.name);
      json_.key("at").string(ir::to_string(info.location));
      (this->*write)(row);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_sequence(std::size_t row) {
    const FlowRow& info = history_.rows()[row];
    json_.key("recurrent").boolean(info.is_recurrent).key("reverse").boolean(info.is_reverse);
    json_.key("norms").begin_array();  // of each sample, of each step t
    for (const FlowSample& sample : history_.samples()) {
      json_.begin_array();
      for (const double norm : sample.values[row]) json_.number(norm);
      json_.end_array();
    }
    json_.end_array();
  }

  void write_activation(std::size_t row) {
    json_.key("function").string(history_.rows()[row].function);
    write_series("saturated", row, 0);
  }

  void write_rectifier(std::size_t row) {
    json_.key("function").string(history_.rows()[row].function);
    write_series("dead", row, 0);
  }

  void write_parameter(std::size_t row) {
    write_series("gradient", row, 0);
    write_series("update", row, 1);
    write_series("value", row, 2);
  }

  void write_clip(std::size_t row) {
    json_.key("rate").number(history_.clip_rate());
    write_series("scale", row, 0);
  }

  void write_findings() {
    json_.key("findings").begin_array();
    for (const Finding& finding : findings(history_)) {
      const FlowRow& row = history_.rows()[finding.row];
      json_.begin_object().key("name").string(title_of(row));
      json_.key("at").string(ir::to_string(row.location)).key("finding").string(finding.name);
      json_.key("text").string(finding.text).key("cure").string(finding.cure).end_object();
    }
    json_.end_array();
  }

  /// One number of every sample.
  void write_series(std::string_view key, std::size_t row, std::size_t number) {
    json_.key(key).begin_array();
    for (const FlowSample& sample : history_.samples()) json_.number(sample.values[row][number]);
    json_.end_array();
  }

  JsonWriter& json_;
  const FlowHistory& history_;
};

}  // namespace

std::string flow_json(const FlowReport& report) {
  JsonWriter json;
  json.begin_object().key("model").string(report.model).key("steps").begin_array();
  for (const FlowHistory& history : report.histories) HistoryJson(json, history).write();
  json.end_array().end_object();
  return json.text() + '\n';
}

}  // namespace gradc::driver
