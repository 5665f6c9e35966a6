#include "frontend/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace gradc::frontend {

namespace {

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

/// Insertions, deletions, replacements, and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string join(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string snake_case(std::string_view class_name) {
  std::string out;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    const bool starts_word = is_upper(c) && i > 0 &&
                             (!is_upper(class_name[i - 1]) ||
                              (i + 1 < class_name.size() && is_lower(class_name[i + 1])));
    if (starts_word && class_name[i - 1] != '_') out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string claim_ordinal(Naming& naming, std::string_view class_name, ir::Location location) {
  const std::string base = snake_case(class_name);
  std::string name = base;
  for (int ordinal = 2; !naming.claimed.try_emplace(name, location).second; ++ordinal)
    name = fmt::format("{}{}", base, ordinal);
  return name;
}

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t at = 0, i = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (i < name.size()) {
    if (at < pattern.size() &&
        (pattern[at] == '?' || (pattern[at] == name[i] && pattern[at] != '*'))) {
      ++at, ++i;
    } else if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t longest = 64;  // of a name somebody typed
  std::optional<std::string> best;
  std::size_t best_distance = std::min<std::size_t>(2, (word.size() + 1) / 4) + 1;
  if (word.size() > longest) return best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::int64_t stable_hash(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash & 0x7fffffffU;
}

}  // namespace gradc::frontend
