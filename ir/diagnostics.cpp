#include "ir/diagnostics.h"

#include <algorithm>
#include <iterator>

#include "ir/messages.h"

namespace gradc::ir {

namespace {

constexpr MessageInfo messages[] = {
#define ERROR(name, code, text) {Message::name, Severity::error, #name, code, text},
#define WARNING(name, code, text) {Message::name, Severity::warning, #name, code, text},
#define REMARK(name, code, text) {Message::name, Severity::remark, #name, code, text},
#include "ir/diagnostics.def"
#undef ERROR
#undef WARNING
#undef REMARK
};

/// The source line with its number and a caret line under the guilty range.
std::string snippet(Location location) {
  const Position position = position_of(location);
  const std::string_view line = line_of(location);
  const std::size_t available =
      line.size() + 1 - std::min<std::size_t>(position.column, line.size() + 1);
  const std::size_t length = std::clamp<std::size_t>(location.end - location.begin, 1,
                                                     std::max<std::size_t>(available, 1));
  std::string padding(line.substr(0, position.column - 1));
  for (char& c : padding)
    if (c != '\t') c = ' ';
  return fmt::format("{:>6} | {}\n       | {}^{}\n", position.line, line, padding,
                     std::string(length - 1, '~'));
}

/// Frames without repetition: what calls itself is one of them.
std::vector<Note> folded(const std::vector<Note>& frames) {
  std::vector<Note> out;
  std::size_t times = 1;
  for (std::size_t i = 0; i < frames.size(); i += times) {
    for (times = 1; i + times < frames.size() && frames[i + times].location == frames[i].location &&
                    frames[i + times].text == frames[i].text;)
      ++times;
    out.push_back(frames[i]);
    if (times > 1) out.back().text += fmt::format(", {} times", times);
  }
  return out;
}

/// Innermost first; a long chain without its middle.
void append_frames(const std::vector<Note>& all, std::vector<Note>& notes) {
  const std::vector<Note> frames = folded(all);
  constexpr std::size_t innermost = 6, outermost = 2;
  const std::size_t count = frames.size();
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_shown =
        count <= innermost + outermost + 1 || i < innermost || i + outermost >= count;
    if (is_shown) notes.push_back(frames[count - 1 - i]);
    if (!is_shown && i == innermost)
      notes.push_back({{}, fmt::format("in {} more", count - innermost - outermost)});
  }
}

std::string prefix(Location location) {
  return location ? to_string(location) + ": " : std::string();
}

constexpr std::string_view severity_names[] = {"error", "warning", "remark"};

}  // namespace

const MessageInfo& info(Message message) { return messages[static_cast<std::size_t>(message)]; }

std::vector<MessageInfo> all_messages() { return {std::begin(messages), std::end(messages)}; }

Diagnostics::Report Diagnostics::add(Location location, Message message, std::string text) {
  const bool repeated = std::ranges::any_of(diagnostics_, [&](const Diagnostic& seen) {
    return seen.message == message && seen.location == location && seen.text == text;
  });
  const bool is_unwanted = info(message).severity == Severity::remark && !wants_remarks_;
  if (repeated || is_unwanted) return Report(nullptr);
  if (info(message).severity == Severity::error) ++errors_;
  Diagnostic& diagnostic =
      diagnostics_.emplace_back(Diagnostic{message, location, std::move(text), {}, {}});
  append_frames(frames_, diagnostic.notes);
  return Report(&diagnostic);
}

void Diagnostics::take(Diagnostic diagnostic) {
  const auto is_it = [&](const Diagnostic& seen) {
    return seen.message == diagnostic.message && seen.location == diagnostic.location &&
           seen.text == diagnostic.text;
  };
  if (std::ranges::any_of(diagnostics_, is_it)) return;
  if (info(diagnostic.message).severity == Severity::error) ++errors_;
  diagnostics_.push_back(std::move(diagnostic));
}

std::string render(const Diagnostic& diagnostic) {
  const MessageInfo& message = info(diagnostic.message);
  std::string out = fmt::format("{}{}: {} [{}]\n", prefix(diagnostic.location),
                                severity_names[static_cast<std::size_t>(message.severity)],
                                diagnostic.text, message.code);
  if (diagnostic.location) out += snippet(diagnostic.location);
  for (const Note& note : diagnostic.notes) {
    out +=
        fmt::format("{}note: {}\n", note.location ? prefix(note.location) : "       = ", note.text);
    if (note.location) out += snippet(note.location);
  }
  for (const FixIt& fix_it : diagnostic.fix_its)
    out += fmt::format("{}fix-it: write `{}`\n", prefix(fix_it.where), fix_it.replacement);
  return out;
}

std::string render(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.all()) out += render(diagnostic);
  return out;
}

}  // namespace gradc::ir
