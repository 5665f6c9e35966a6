#include "driver/data/series.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include "driver/data/files.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

/// What is in front of the next `end`, which is taken away with it.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

struct Series {
  std::vector<std::vector<double>> dimensions;  ///< equally long
  std::size_t number_in_class = 0;
  std::int32_t label = 0;

  std::int64_t length() const { return std::ssize(dimensions.front()); }
};

class SeriesFile {
 public:
  SeriesFile(const std::string& path, ir::Location location, ir::Diagnostics& diagnostics)
      : path_(path), location_(location), diagnostics_(diagnostics) {}

  std::optional<std::vector<Series>> read(std::string_view text) {
    std::vector<Series> out;
    for (line_ = 1; !text.empty(); ++line_) {
      std::string_view line = take_until(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.starts_with('#')) continue;
      if (line.starts_with('@')) {
        read_header(line);
        continue;
      }
      Series series;
      if (!read_series(line, series)) return std::nullopt;
      if (!out.empty() && series.dimensions.size() != out.front().dimensions.size()) {
        refuse("has another number of dimensions than those above");
        return std::nullopt;
      }
      out.push_back(std::move(series));
    }
    if (out.empty()) return diagnostics_.report(location_, Message::csv_no_rows, path_);
    std::ranges::stable_sort(out, {}, &Series::number_in_class);
    return out;
  }

  bool has_classes() const { return !classes_.empty(); }

 private:
  /// `@classLabel true a b c`
  void read_header(std::string_view line) {
    if (take_until(line, ' ') != "@classLabel" || take_until(line, ' ') != "true") return;
    while (!line.empty())
      if (const std::string_view name = take_until(line, ' '); !name.empty())
        classes_.emplace_back(name);
    counts_.resize(classes_.size());
  }

  /// `1.5,2.5:3,4:class`: two dimensions of two steps.
  bool read_series(std::string_view line, Series& series) {
    const std::size_t end = has_classes() ? line.rfind(':') : line.size();
    if (end == std::string_view::npos) return refuse("has no class behind its values");
    if (has_classes() && !read_class(line.substr(end + 1), series)) return false;
    for (std::string_view rest = line.substr(0, end); !rest.empty();)
      if (!read_dimension(take_until(rest, ':'), series)) return false;
    return !series.dimensions.empty() || refuse("has no values");
  }

  bool read_class(std::string_view name, Series& series) {
    const auto found = std::ranges::find(classes_, name);
    if (found == classes_.end()) return refuse(fmt::format("has the unknown class `{}`", name));
    const auto number = static_cast<std::size_t>(found - classes_.begin());
    series.label = static_cast<std::int32_t>(number);
    series.number_in_class = counts_[number]++;
    return true;
  }

  bool read_dimension(std::string_view text, Series& series) {
    std::vector<double> values;
    while (!text.empty()) {
      const std::string_view number = take_until(text, ',');
      double value = 0;
      const auto [stop, error] =
          std::from_chars(number.data(), number.data() + number.size(), value);
      if (error != std::errc() || stop != number.data() + number.size() || !std::isfinite(value))
        return refuse(fmt::format("has `{}` where a finite number is due", number));
      values.push_back(value);
    }
    if (!series.dimensions.empty() && values.size() != series.dimensions[0].size())
      return refuse("has dimensions of different lengths");
    series.dimensions.push_back(std::move(values));
    return true;
  }

  bool refuse(std::string_view what) {
    diagnostics_.report(location_, Message::malformed_file, path_, "ts",
                        fmt::format("line {} {}", line_, what));
    return false;
  }

  const std::string& path_;
  ir::Location location_;
  ir::Diagnostics& diagnostics_;
  std::size_t line_ = 1;
  std::vector<std::string> classes_;
  std::vector<std::size_t> counts_;  ///< series of each class so far
};

template <typename Number>
ir::Tensor numbers(const std::vector<Series>& series, Number number) {
  ir::Tensor out(ir::Type{ir::DType::i32, {std::ssize(series)}});
  std::ranges::transform(series, out.as<std::int32_t>().begin(), number);
  return out;
}

ir::Tensor values(const std::vector<Series>& series, std::int64_t length) {
  const auto width = std::ssize(series.front().dimensions);
  ir::Tensor out(ir::Type{ir::DType::f64, {std::ssize(series), length, width}});
  double* to = out.as<double>().data();
  for (const Series& one : series)
    for (std::size_t t = 0; t < static_cast<std::size_t>(length); ++t)
      for (const std::vector<double>& dimension : one.dimensions)
        *to++ = t < dimension.size() ? dimension[t] : 0;
  return out;
}

}  // namespace

std::optional<ir::Tensor> read_series(const std::string& path,
                                      const frontend::SequenceColumn& column, ir::Location location,
                                      ir::Diagnostics& diagnostics) {
  const auto bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  SeriesFile file(path, location, diagnostics);
  const auto series = file.read(text_of(*bytes));
  if (!series) return std::nullopt;
  if (column.name == "length")
    return numbers(*series,
                   [](const Series& one) { return static_cast<std::int32_t>(one.length()); });
  if (column.name == "class" && file.has_classes()) return numbers(*series, &Series::label);
  if (column.name != "values")
    return diagnostics.report(location, Message::csv_unknown_column, path, column.name)
        .note(file.has_classes() ? "its columns are: values, class, length"
                                 : "its columns are: values, length");
  const std::int64_t longest = std::ranges::max(*series, {}, &Series::length).length();
  const std::int64_t length = column.length > 0 ? column.length : longest;
  if (longest > length)
    return diagnostics.report(location, Message::series_too_long, path, longest, length);
  return values(*series, length);
}

}  // namespace gradc::driver
