#include "driver/data/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "driver/data/csv_rows.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t last = text.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view() : text.substr(begin, last - begin + 1);
}

/// The finite number a field holds.
std::optional<double> number_in(std::string_view text) {
  text = trim(text);
  // A plus sign is common in files but unknown to from_chars.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool complete = error == std::errc() && end == text.data() + text.size();
  return complete && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// One CSV file being turned into a tensor.
class Table {
 public:
  Table(const CsvOptions& options, const std::string& name, ir::Location location,
        ir::Diagnostics& diagnostics)
      : options_(options), name_(name), location_(location), diagnostics_(diagnostics) {}

  std::optional<ir::Tensor> read(std::string_view text) {
    rows_.text = text;
    if (!split_csv(rows_, options_.delimiter, name_, location_, diagnostics_)) return std::nullopt;
    first_row_ = has_header() ? 1 : 0;
    if (rows_.count() <= first_row_)
      return diagnostics_.report(location_, Message::csv_no_rows, name_);

    const std::optional<std::vector<std::size_t>> columns = selected_columns();
    if (!columns) return std::nullopt;
    const auto rows = static_cast<std::int64_t>(rows_.count() - first_row_);
    ir::Tensor values(ir::Type{ir::DType::f64, {rows, std::ssize(*columns)}});
    for (std::size_t i = 0; i < columns->size(); ++i) {
      const Target target{values.as<double>().subspan(i), columns->size()};
      if (!read_column((*columns)[i], target)) return std::nullopt;
    }
    return options_.windows.length == 0 ? values : windows_of(values);
  }

 private:
  /// One column of the tensor: every stride-th element.
  struct Target {
    std::span<double> elements;
    std::size_t stride;
    double& operator[](std::size_t row) const { return elements[row * stride]; }
  };

  std::optional<ir::Tensor> windows_of(const ir::Tensor& values) const {
    const auto& [length, stride, shift] = options_.windows;
    const std::int64_t rows = values.type().shape[0], width = values.type().shape[1];
    if (shift > rows || length > rows - shift)
      return diagnostics_.report(location_, Message::too_few_rows, name_, rows, length + shift);
    const ir::Type type{ir::DType::f64, {(rows - shift - length) / stride + 1, length, width}};
    if (!ir::is_valid(type))
      return diagnostics_.report(location_, Message::tensor_too_large, name_, ir::max_tensor_bytes);
    ir::Tensor out(type);
    for (std::int64_t i = 0; i < type.shape[0]; ++i)
      std::copy_n(values.as<double>().begin() + (shift + i * stride) * width, length * width,
                  out.as<double>().begin() + i * length * width);
    return out;
  }

  bool has_header() const {
    if (options_.header) return *options_.header;
    const auto is_name = [](const CsvColumn& column) {
      return std::holds_alternative<std::string>(column);
    };
    if (std::ranges::any_of(options_.columns, is_name)) return true;
    const auto first_row = std::span(rows_.fields).first(rows_.width);
    const auto is_number = [](const CsvField& field) { return number_in(field.text).has_value(); };
    return rows_.count() > 1 && std::ranges::none_of(first_row, is_number);
  }

  std::optional<std::vector<std::size_t>> selected_columns() const {
    std::vector<std::size_t> columns;
    for (const CsvColumn& column : options_.columns) {
      const std::optional<std::size_t> found =
          std::visit([&](const auto& key) { return find_column(key); }, column);
      if (!found) return std::nullopt;
      columns.push_back(*found);
    }
    if (columns.empty())
      for (std::size_t column = 0; column < rows_.width; ++column) columns.push_back(column);
    return columns;
  }

  std::optional<std::size_t> find_column(const std::string& wanted) const {
    for (std::size_t column = 0; column < rows_.width && first_row_ > 0; ++column)
      if (trim(rows_.field(0, column).text) == wanted) return column;
    auto report = diagnostics_.report(location_, Message::csv_unknown_column, name_, wanted);
    if (first_row_ > 0) report.note("its columns are: " + column_names());
    return std::nullopt;
  }

  std::optional<std::size_t> find_column(std::int64_t wanted) const {
    const auto width = static_cast<std::int64_t>(rows_.width);
    if (wanted >= -width && wanted < width)
      return static_cast<std::size_t>(wanted < 0 ? wanted + width : wanted);
    return diagnostics_.report(location_, Message::csv_unknown_column, name_, wanted)
        .note(fmt::format("it has {} columns", width));
  }

  std::string column_names() const {
    constexpr std::size_t shown = 20;
    std::string names;
    for (std::size_t column = 0; column < std::min(shown, rows_.width); ++column)
      names += fmt::format("{}{}", column == 0 ? "" : ", ", trim(rows_.field(0, column).text));
    return rows_.width <= shown ? names : fmt::format("{} and {} more", names, rows_.width - shown);
  }

  bool read_column(std::size_t column, Target target) {
    switch (options_.values) {
      case CsvValues::numbers:
        return read_numbers(column, target);
      case CsvValues::classes:
        return read_classes(column, target);
      case CsvValues::automatic:
        break;
    }
    // One number makes it a column of numbers: else a mistyped one would turn all into classes.
    for (std::size_t row = first_row_; row < rows_.count(); ++row)
      if (number_in(rows_.field(row, column).text)) return read_numbers(column, target);
    return read_classes(column, target);
  }

  bool read_numbers(std::size_t column, Target target) {
    for (std::size_t row = first_row_; row < rows_.count(); ++row) {
      const CsvField& field = rows_.field(row, column);
      const std::optional<double> number = number_in(field.text);
      if (!number) return reject(field);
      target[row - first_row_] = *number;
    }
    return true;
  }

  bool read_classes(std::size_t column, Target target) {
    std::map<std::string_view, std::size_t> ids;
    for (std::size_t row = first_row_; row < rows_.count(); ++row) {
      const CsvField& field = rows_.field(row, column);
      const std::string_view label = field.quoted ? field.text : trim(field.text);
      if (label.empty()) return reject(field);
      target[row - first_row_] =
          static_cast<double>(ids.try_emplace(label, ids.size()).first->second);
    }
    return true;
  }

  bool reject(const CsvField& field) {
    const std::string_view text = trim(field.text);
    if (text.empty())
      diagnostics_.report(location_, Message::csv_missing_value, name_, field.line, field.column);
    else
      diagnostics_.report(location_, Message::csv_not_a_number, name_, field.line, field.column,
                          text);
    return false;
  }

  const CsvOptions& options_;
  const std::string& name_;
  const ir::Location location_;
  ir::Diagnostics& diagnostics_;
  CsvRows rows_;
  std::size_t first_row_ = 0;
};

}  // namespace

std::optional<ir::Tensor> parse_csv(std::string_view text, const CsvOptions& options,
                                    const std::string& name, ir::Location location,
                                    ir::Diagnostics& diagnostics) {
  return Table(options, name, location, diagnostics).read(text);
}

std::optional<ir::Tensor> read_csv(const std::string& path, const CsvOptions& options,
                                   ir::Location location, ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  return parse_csv(text_of(*bytes), options, path, location, diagnostics);
}

}  // namespace gradc::driver
