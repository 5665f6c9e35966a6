#pragma once
/// Tables as comma-separated values, RFC 4180.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "driver/data/files.h"
#include "frontend/model.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// A column by its name in the header, or by its index; -1 is the last one.
using CsvColumn = std::variant<std::string, std::int64_t>;

enum class CsvValues {
  automatic,  ///< a column without any number is one of class names
  numbers,
  classes,
};

struct CsvOptions {
  /// Is the first row one of names? By default: when a column is asked for by name, or else when
  /// none of its fields is a number and another row follows.
  std::optional<bool> header = {};
  char delimiter = ',';
  std::vector<CsvColumn> columns = {};  ///< in this order; none means all
  CsvValues values = CsvValues::automatic;
  frontend::TextWindows windows = {};  ///< examples of several rows each
};

/// Read f64[rows, columns], or f64[examples, length, columns] of windows, from a CSV file, plain or
/// gzip. Class names become 0, 1, … in order of first appearance. Mistakes are reported with line
/// and column of the file.
std::optional<ir::Tensor> read_csv(const std::string& path, const CsvOptions& options,
                                   ir::Location location, ir::Diagnostics& diagnostics);

/// The same for text already in memory; `name` is what messages call it.
std::optional<ir::Tensor> parse_csv(std::string_view text, const CsvOptions& options,
                                    const std::string& name, ir::Location location,
                                    ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
