#pragma once
/// The record of a training run: one JSON object per line, complete after every line.
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "ir/diagnostics.h"

namespace gradc::driver {

struct LogField {
  std::string_view name;
  std::variant<double, std::int64_t, bool, std::string> value;
};

class Log {
 public:
  enum class Start { empty, append };  ///< a resumed run appends

  static std::optional<Log> open(const std::string& path, Start start, ir::Location location,
                                 ir::Diagnostics& diagnostics);

  /// `{"event":"epoch","epoch":3,…}`. False, and a report, once the disk is full.
  bool write(std::string_view event, std::span<const LogField> fields,
             ir::Diagnostics& diagnostics);

 private:
  Log(std::string path, std::ofstream file, ir::Location location)
      : path_(std::move(path)), file_(std::move(file)), location_(location) {}

  std::string path_;
  std::ofstream file_;
  ir::Location location_;
};

}  // namespace gradc::driver
