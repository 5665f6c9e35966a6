#pragma once
/// The rows and fields of a CSV file as RFC 4180 defines them, before anything is known of columns.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/diagnostics.h"

namespace gradc::driver {

struct CsvField {
  std::string_view text;  ///< without quotes; points into CsvRows::text
  std::uint32_t line = 1;
  std::uint32_t column = 1;  ///< in bytes, as everywhere
  bool quoted = false;
};

/// All fields of a file, row by row; every row has `width` of them.
struct CsvRows {
  std::string text;  ///< owns the bytes of the fields
  std::vector<CsvField> fields;
  std::size_t width = 0;

  std::size_t count() const { return width == 0 ? 0 : fields.size() / width; }
  const CsvField& field(std::size_t row, std::size_t column) const {
    return fields[row * width + column];
  }

  CsvRows() = default;
  CsvRows(CsvRows&&) = delete;  // a short text would move and leave the fields behind
};

/// Split `rows.text` into fields. Lines end with LF or CRLF, empty lines are skipped, and so is a
/// byte order mark.
bool split_csv(CsvRows& rows, char delimiter, const std::string& name, ir::Location location,
               ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
