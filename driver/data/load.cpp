#include "driver/data/load.h"

#include <algorithm>
#include <string_view>

#include "driver/data/conllu.h"
#include "driver/data/csv.h"
#include "driver/data/files.h"
#include "driver/data/idx.h"
#include "driver/data/npy.h"
#include "driver/data/series.h"
#include "driver/data/text.h"

namespace gradc::driver {

namespace {

using frontend::FileData;
using Format = FileData::Format;

/// The values of the first of the files, and of those that are read after it.
std::optional<ir::Tensor> read_as(const FileData& file, const std::vector<std::string>& paths,
                                  ir::Location location, ir::Diagnostics& diagnostics) {
  const std::string& path = paths.front();
  switch (file.format) {
    case Format::idx:
      return read_idx(path, location, diagnostics);
    case Format::npy:
      return read_npy(path, location, diagnostics);
    case Format::csv:
      return read_csv(path,
                      {.header = file.has_header, .columns = file.columns, .windows = file.windows},
                      location, diagnostics);
    case Format::text:
      return read_text(path, file.windows, location, diagnostics);
    case Format::conllu:
      return read_conllu(paths, file.sequence, location, diagnostics);
    case Format::series:
      return read_series(path, file.sequence, location, diagnostics);
  }
  __builtin_unreachable();
}

Format format_of(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".npy")) return Format::npy;
  if (path.ends_with(".csv")) return Format::csv;
  if (path.ends_with(".txt")) return Format::text;
  return Format::idx;
}

std::optional<Column> load_column(const frontend::DataColumn& column, const DataFiles& files,
                                  ir::Diagnostics& diagnostics) {
  const auto* file = std::get_if<FileData>(&column.source);
  const double scale = file ? file->scale : 1;
  if (const auto given = files.by_input.find(column.input); given != files.by_input.end()) {
    auto values = load_file(given->second, column.location, diagnostics);
    if (!values) return std::nullopt;
    return Column{column.input, std::move(*values), scale};
  }
  if (!file) return Column{column.input, std::get<ir::Tensor>(column.source), 1};

  std::vector<std::string> patterns = {file->pattern}, paths;
  patterns.insert(patterns.end(), file->more.begin(), file->more.end());
  for (const std::string& pattern : patterns) {
    auto path = find_data_file(files.folder, pattern, column.location, diagnostics);
    if (!path) return std::nullopt;
    paths.push_back(std::move(*path));
  }
  auto values = read_as(*file, paths, column.location, diagnostics);
  if (!values) return std::nullopt;
  return Column{column.input, std::move(*values), scale};
}

bool has_windows(const frontend::DataColumn& column) {
  const auto* file = std::get_if<FileData>(&column.source);
  return file && file->windows.length > 0;
}

/// Shifted windows are fewer, the last ones being beyond the end; the others leave them out too.
void cut_windows(const frontend::DataBlock& block, std::vector<Column>& columns) {
  if (columns.empty() || !std::ranges::all_of(block.columns, has_windows)) return;
  const auto examples = [](const Column& column) { return column.values.type().shape[0]; };
  const std::int64_t fewest = examples(std::ranges::min(columns, {}, examples));
  for (Column& column : columns) {
    ir::Type type = column.values.type();
    type.shape[0] = fewest;
    ir::Tensor cut(std::move(type));
    std::copy_n(column.values.data(), cut.type().bytes(), cut.data());
    column.values = std::move(cut);
  }
}

}  // namespace

std::optional<ir::Tensor> load_file(const std::string& path, ir::Location location,
                                    ir::Diagnostics& diagnostics) {
  FileData file;
  file.format = format_of(path);
  return read_as(file, {path}, location, diagnostics);
}

std::optional<Dataset> load_data(const frontend::DataBlock* block, const DataFiles& files,
                                 ir::Diagnostics& diagnostics) {
  std::vector<Column> columns;
  const ir::Location location = block ? block->location : ir::Location{};
  if (block) {
    for (const frontend::DataColumn& column : block->columns)
      if (auto loaded = load_column(column, files, diagnostics))
        columns.push_back(std::move(*loaded));
    if (!diagnostics.has_errors()) cut_windows(*block, columns);
  } else {
    for (const auto& [input, path] : files.by_input)
      if (auto values = load_file(path, {}, diagnostics))
        columns.push_back({input, std::move(*values), 1});
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return make_dataset(std::move(columns), location, diagnostics);
}

}  // namespace gradc::driver
