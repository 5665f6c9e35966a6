#include "driver/train/log.h"

#include <cerrno>
#include <cstring>

#include "driver/json.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

void write_value(JsonWriter& json, double value) { json.number(value); }
void write_value(JsonWriter& json, std::int64_t value) { json.integer(value); }
void write_value(JsonWriter& json, bool value) { json.boolean(value); }
void write_value(JsonWriter& json, const std::string& value) { json.string(value); }

}  // namespace

std::optional<Log> Log::open(const std::string& path, Start start, ir::Location location,
                             ir::Diagnostics& diagnostics) {
  std::ofstream file(path, start == Start::append ? std::ios::app : std::ios::trunc);
  if (!file)
    return diagnostics.report(location, ir::Message::cannot_open, path, std::strerror(errno));
  return Log(path, std::move(file), location);
}

bool Log::write(std::string_view event, std::span<const LogField> fields,
                ir::Diagnostics& diagnostics) {
  JsonWriter json;
  json.begin_object().key("event").string(event);
  for (const LogField& field : fields) {
    json.key(field.name);
    std::visit([&](const auto& value) { write_value(json, value); }, field.value);
  }
  json.end_object();
  // Whoever follows the file sees whole lines, and a crash loses none.
  file_ << json.text() + '\n' << std::flush;
  if (!file_) diagnostics.report(location_, ir::Message::cannot_write, path_, std::strerror(errno));
  return file_.good();
}

}  // namespace gradc::driver
