#include "driver/data/csv_rows.h"

#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

class Splitter {
 public:
  Splitter(CsvRows& rows, char delimiter, const std::string& name, ir::Location location,
           ir::Diagnostics& diagnostics)
      : rows_(rows),
        text_(rows.text),
        delimiter_(delimiter),
        name_(name),
        location_(location),
        diagnostics_(diagnostics) {}

  bool run() {
    if (text_.starts_with("\xEF\xBB\xBF")) next_ = line_begin_ = 3;
    while (next_ < text_.size())
      if (!skip_line_end() && !row()) return false;
    return true;
  }

 private:
  bool row() {
    const std::size_t first = rows_.fields.size();
    do
      if (!field()) return false;
    while (take(delimiter_));
    skip_line_end();

    const std::size_t width = rows_.fields.size() - first;
    if (first == 0) rows_.width = width;
    if (width == rows_.width) return true;
    return fail(Message::csv_field_count, rows_.fields[first], width, rows_.width);
  }

  bool field() {
    CsvField field;
    field.line = line_;
    field.column = static_cast<std::uint32_t>(next_ - line_begin_ + 1);
    field.quoted = take('"');
    return field.quoted ? quoted(field) : plain(field);
  }

  bool plain(CsvField& field) {
    const std::size_t begin = next_;
    while (!at_field_end()) {
      if (text_[next_] == '"') return fail(Message::csv_stray_quote, here());
      ++next_;
    }
    field.text = std::string_view(text_).substr(begin, next_ - begin);
    rows_.fields.push_back(field);
    return true;
  }

  /// Doubled quotes become one; the shorter text is written over the longer one.
  bool quoted(CsvField& field) {
    const std::size_t begin = next_;
    std::size_t end = begin;
    while (next_ < text_.size()) {
      const char c = text_[next_++];
      if (c == '"' && !take('"')) {
        if (!at_field_end()) return fail(Message::csv_stray_quote, here());
        field.text = std::string_view(text_).substr(begin, end - begin);
        rows_.fields.push_back(field);
        return true;
      }
      if (c == '\n') start_line();
      text_[end++] = c;
    }
    return fail(Message::csv_unclosed_quote, field);
  }

  bool at_field_end() const {
    return next_ == text_.size() || text_[next_] == delimiter_ || at_line_end();
  }
  bool at_line_end() const {
    return text_.compare(next_, 1, "\n") == 0 || text_.compare(next_, 2, "\r\n") == 0;
  }

  bool take(char c) {
    if (next_ == text_.size() || text_[next_] != c) return false;
    ++next_;
    return true;
  }

  bool skip_line_end() {
    if (!at_line_end()) return false;
    next_ += text_[next_] == '\r' ? 2 : 1;
    start_line();
    return true;
  }

  void start_line() {
    ++line_;
    line_begin_ = next_;
  }

  CsvField here() const {
    return {{}, line_, static_cast<std::uint32_t>(next_ - line_begin_ + 1), false};
  }

  template <typename... Arguments>
  bool fail(Message message, const CsvField& at, const Arguments&... arguments) {
    diagnostics_.report(location_, message, name_, at.line, at.column, arguments...);
    return false;
  }

  CsvRows& rows_;
  std::string& text_;
  const char delimiter_;
  const std::string& name_;
  const ir::Location location_;
  ir::Diagnostics& diagnostics_;
  std::size_t next_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

bool split_csv(CsvRows& rows, char delimiter, const std::string& name, ir::Location location,
               ir::Diagnostics& diagnostics) {
  return Splitter(rows, delimiter, name, location, diagnostics).run();
}

}  // namespace gradc::driver
