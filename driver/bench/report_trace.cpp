#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/bench/report.h"
#include "driver/json.h"

namespace gradc::driver {

namespace {

/// One row of the picture per entry.
void write_name(JsonWriter& json, std::int64_t row, const std::string& name) {
  json.begin_object();
  json.key("name").string("thread_name").key("ph").string("M");
  json.key("pid").integer(1).key("tid").integer(row);
  json.key("args").begin_object().key("name").string(name).end_object();
  json.end_object();
}

void write_event(JsonWriter& json, std::int64_t row, const KernelReport& kernel,
                 const TraceEvent& event) {
  json.begin_object();
  json.key("name").string(kernel.task).key("ph").string("X");
  json.key("pid").integer(1).key("tid").integer(row);
  json.key("ts").number(1e6 * event.begin).key("dur").number(1e6 * (event.end - event.begin));
  json.key("args").begin_object();
  json.key("lines").string(lines_text(kernel.lines));
  json.key("ops").string(fmt::format("{}", fmt::join(kernel.ops, " ")));
  json.end_object();
  json.end_object();
}

}  // namespace

std::string bench_trace(const BenchReport& report) {
  JsonWriter json;
  json.begin_object().key("displayTimeUnit").string("ns").key("traceEvents").begin_array();
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i + 1);
    const ProfileReport& profile = *report.entries[i].profile;
    const std::int64_t lost = profile.events_lost;
    const std::string& name = report.entries[i].name;
    write_name(json, row,
               lost == 0 ? name : fmt::format("{} (without its last {} events)", name, lost));
    for (const TraceEvent& event : profile.trace)
      write_event(json, row, profile.kernels[event.kernel], event);
  }
  return json.end_array().end_object().text() + '\n';
}

}  // namespace gradc::driver
