#include "driver/data/files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

/// Names of the regular files directly in `folder`, sorted.
std::vector<std::string> file_names(const std::string& folder, std::error_code& error) {
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(folder, error);
  const std::filesystem::directory_iterator end;
  while (!error && entry != end) {
    // A file that vanished or cannot be looked at is not a data file.
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  std::ranges::sort(names);
  return names;
}

/// "there are: a, b, c and 4 more"
std::string list_of(std::span<const std::string> names) {
  constexpr std::size_t shown = 10;
  const std::string list =
      fmt::format("{}", fmt::join(names.first(std::min(shown, names.size())), ", "));
  return names.size() <= shown ? list : fmt::format("{} and {} more", list, names.size() - shown);
}

}  // namespace

bool matches_glob(std::string_view name, std::string_view pattern) {
  std::size_t n = 0;
  std::size_t p = 0;
  // After a mismatch only the last star can help, by taking one character more.
  std::size_t star = std::string_view::npos;
  std::size_t taken_by_star = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken_by_star = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken_by_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<std::string> find_data_file(const std::string& folder, const std::string& pattern,
                                          ir::Location location, ir::Diagnostics& diagnostics) {
  if (pattern.find('/') != std::string::npos)
    return diagnostics.report(location, Message::file_pattern_has_folder, pattern);

  std::error_code error;
  const std::vector<std::string> names = file_names(folder, error);
  if (error) return diagnostics.report(location, Message::cannot_open, folder, error.message());

  std::vector<std::string> matches;
  std::ranges::copy_if(names, std::back_inserter(matches), [&](const std::string& name) {
    // As in a shell, a hidden file is meant only when the dot is written.
    return name.starts_with('.') == pattern.starts_with('.') && matches_glob(name, pattern);
  });
  if (matches.size() == 1) return (std::filesystem::path(folder) / matches.front()).string();
  if (matches.empty())
    return diagnostics.report(location, Message::no_file_matches, folder, pattern)
        .note(names.empty() ? "there is no file in it" : "there are: " + list_of(names));
  return diagnostics.report(location, Message::several_files_match, matches.size(), folder, pattern)
      .note("they are: " + list_of(matches));
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace gradc::driver
