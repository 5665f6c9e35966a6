#include "driver/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "ir/diagnostics.h"

namespace gradc::driver {

namespace {

/// The message's text without the parts that differ from one time to the next.
std::string title(const ir::MessageInfo& message) {
  std::string out(message.text);
  for (std::size_t at = out.find("{}"); at != std::string::npos; at = out.find("{}", at))
    out.replace(at, 2, "…");
  return out;
}

std::string_view without_indentation(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

/// A line that tells the test runner what to do.
bool is_directive(std::string_view line) {
  line = without_indentation(line);
  if (!line.starts_with("# ")) return false;
  line.remove_prefix(2);
  const std::string_view word = line.substr(0, line.find(':'));
  return word.size() < line.size() && !word.empty() &&
         std::ranges::all_of(
             word,
             [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0 || c == '-'; });
}

/// A test, taken apart.
struct Parts {
  std::string explanation;           ///< lines that start with `#:`
  std::vector<std::string> wrong;    ///< the text
  std::vector<std::string> instead;  ///< lines that start with `#=`
};

/// What stands behind `#:` or `#=`, if the line starts so.
std::optional<std::string> marked(std::string_view line, std::string_view mark) {
  const std::string_view text = without_indentation(line);
  if (!text.starts_with(mark)) return std::nullopt;
  const std::string_view rest = text.substr(mark.size());
  return std::string(rest.starts_with(' ') ? rest.substr(1) : rest);
}

Parts take_apart(std::string_view text) {
  Parts out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto explanation = marked(line, "#:"))
      out.explanation += *explanation + "\n";
    else if (auto instead = marked(line, "#="))
      out.instead.push_back(std::move(*instead));
    else if (const auto file = marked(line, "#---"))
      out.wrong.push_back("# " + *file);
    else if (!is_directive(line))
      out.wrong.emplace_back(line);
  }
  const auto drop_blank_ends = [](std::vector<std::string>& lines) {
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  };
  drop_blank_ends(out.wrong);
  return out;
}

std::string indented(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line.empty() ? "\n" : "  " + line + "\n";
  return out;
}

/// As lines of a terminal.
std::string wrapped(std::string_view text) {
  constexpr std::size_t width = 80;
  std::string out, line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > width)
      out += std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  return out + line + "\n";
}

const MessageExample* find_example(std::string_view message) {
  const std::string file = fmt::format("{}.grad", message);
  const auto examples = message_examples();
  const auto found = std::ranges::find(examples, std::string_view(file), &MessageExample::file);
  return found == examples.end() ? nullptr : &*found;
}

bool is_code(std::string_view given, std::string_view code) {
  return std::ranges::equal(given, code, [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) ==
           std::toupper(static_cast<unsigned char>(b));
  });
}

}  // namespace

std::string list_of_messages() {
  std::vector<ir::MessageInfo> messages = ir::all_messages();
  // By number: a warning stands among the errors about the same things.
  std::ranges::stable_sort(messages, {}, [](const auto& m) { return m.code.substr(1); });
  std::string out;
  for (const ir::MessageInfo& message : messages)
    out += fmt::format("{}  {}\n", message.code, title(message));
  return out;
}

std::optional<std::string> explanation_of(std::string_view code) {
  const std::vector<ir::MessageInfo> messages = ir::all_messages();
  const auto message = std::ranges::find_if(
      messages, [&](const auto& m) { return is_code(code, m.code) || code == m.name; });
  if (message == messages.end()) return std::nullopt;
  std::string out = fmt::format("{}: {}\n", message->code, title(*message));
  const MessageExample* example = find_example(message->name);
  if (!example) return out;
  const Parts parts = take_apart(example->text);
  if (!parts.explanation.empty()) out += "\n" + wrapped(parts.explanation);
  if (!parts.wrong.empty()) out += "\nFor example:\n\n" + indented(parts.wrong);
  const bool is_left_out = std::ranges::all_of(parts.instead, &std::string::empty);
  if (!parts.instead.empty() && is_left_out) out += "\nLeave the line out.\n";
  if (!is_left_out) out += "\nWrite instead:\n\n" + indented(parts.instead);
  return out;
}

}  // namespace gradc::driver
