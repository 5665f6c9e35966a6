#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "driver/json.h"
#include "driver/utf8.h"

namespace gradc::driver {

bool JsonReader::fail(std::string_view what) {
  if (error_.empty()) error_ = fmt::format("{} at byte {}", what, next_);
  next_ = text_.size();  // nothing more can be read
  return false;
}

void JsonReader::skip_space() {
  next_ = std::min(text_.find_first_not_of(" \t\r\n", next_), text_.size());
}

bool JsonReader::take(char c) {
  if (next_ == text_.size() || text_[next_] != c) return false;
  ++next_;
  return true;
}

bool JsonReader::expect(char c) {
  skip_space();
  return take(c) || fail(fmt::format("expected `{}`", c));
}

JsonReader::Kind JsonReader::peek() {
  skip_space();
  if (next_ == text_.size()) return Kind::nothing;
  switch (text_[next_]) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return Kind::number;
    default:
      return Kind::nothing;
  }
}

bool JsonReader::enter(char open) {
  if (!expect(open)) return false;
  return --depth_left_ >= 0 || fail("nesting too deep");
}

bool JsonReader::object(const std::function<bool(const std::string& key)>& member) {
  if (!enter('{')) return false;
  skip_space();
  if (!take('}')) {
    do {
      const std::optional<std::string> key = string();
      if (!key || !expect(':')) return false;
      if (!member(*key)) return fail("unexpected value");
      skip_space();
    } while (take(','));
    if (!expect('}')) return false;
  }
  ++depth_left_;
  return true;
}

bool JsonReader::array(const std::function<bool()>& element) {
  if (!enter('[')) return false;
  skip_space();
  if (!take(']')) {
    do {
      if (!element()) return fail("unexpected value");
      skip_space();
    } while (take(','));
    if (!expect(']')) return false;
  }
  ++depth_left_;
  return true;
}

std::optional<std::string> JsonReader::string() {
  if (!expect('"')) return std::nullopt;
  std::string out;
  while (!take('"')) {
    const std::size_t length = utf8_length(text_.substr(next_));
    if (next_ == text_.size())
      fail("unclosed string");
    else if (length == 0)
      fail("malformed UTF-8");
    else if (static_cast<unsigned char>(text_[next_]) < 0x20)
      fail("control character in a string");
    if (!error_.empty()) return std::nullopt;
    if (take('\\')) {
      if (!escape(out)) return std::nullopt;
      continue;
    }
    out += text_.substr(next_, length);
    next_ += length;
  }
  return out;
}

bool JsonReader::escape(std::string& out) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (take('u')) return unicode_escape(out);
  const std::size_t index =
      next_ < text_.size() ? letters.find(text_[next_]) : std::string_view::npos;
  if (index == std::string_view::npos) return fail("unknown escape");
  ++next_;
  out += meanings[index];
  return true;
}

/// Characters beyond 0xFFFF are written as two escapes, a high and a low surrogate.
bool JsonReader::unicode_escape(std::string& out) {
  std::optional<std::uint32_t> code = hex4();
  if (!code) return false;
  if (*code >= 0xD800 && *code < 0xDC00) {
    if (!take('\\') || !take('u')) return fail("lone surrogate");
    const std::optional<std::uint32_t> low = hex4();
    if (!low) return false;
    if (*low < 0xDC00 || *low > 0xDFFF) return fail("lone surrogate");
    code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
  } else if (*code >= 0xDC00 && *code <= 0xDFFF) {
    return fail("lone surrogate");
  }
  append_utf8(out, *code);
  return true;
}

std::optional<std::uint32_t> JsonReader::hex4() {
  const std::string_view token = text_.substr(next_, 4);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), code, 16);
  if (token.size() < 4 || error != std::errc() || end != token.data() + 4) {
    fail("malformed escape");
    return std::nullopt;
  }
  next_ += 4;
  return code;
}

bool JsonReader::digits() {
  const std::size_t begin = next_;
  next_ = std::min(text_.find_first_not_of("0123456789", next_), text_.size());
  return next_ > begin || fail("expected a digit");
}

std::optional<std::string_view> JsonReader::number_token() {
  skip_space();
  const std::size_t begin = next_;
  take('-');
  if (!take('0') && !digits()) return std::nullopt;
  if (take('.') && !digits()) return std::nullopt;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return std::nullopt;
  }
  return text_.substr(begin, next_ - begin);
}

std::optional<double> JsonReader::number() {
  const std::optional<std::string_view> token = number_token();
  if (!token) return std::nullopt;
  double value = 0;
  if (std::from_chars(token->data(), token->data() + token->size(), value).ec == std::errc())
    return value;
  fail("number out of range");
  return std::nullopt;
}

std::optional<std::int64_t> JsonReader::integer() {
  const std::optional<std::string_view> token = number_token();
  if (!token) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token->data(), token->data() + token->size(), value);
  if (error == std::errc() && end == token->data() + token->size()) return value;
  fail("expected an integer");
  return std::nullopt;
}

bool JsonReader::keyword(std::string_view word) {
  skip_space();
  if (!text_.substr(next_).starts_with(word)) return false;
  next_ += word.size();
  return true;
}

std::optional<bool> JsonReader::boolean() {
  if (keyword("true")) return true;
  if (keyword("false")) return false;
  fail("expected `true` or `false`");
  return std::nullopt;
}

bool JsonReader::null() { return keyword("null") || fail("expected `null`"); }

bool JsonReader::skip() {
  switch (peek()) {
    case Kind::object:
      return object([&](const std::string&) { return skip(); });
    case Kind::array:
      return array([&] { return skip(); });
    case Kind::string:
      return string().has_value();
    case Kind::number:
      return number_token().has_value();
    case Kind::boolean:
      return boolean().has_value();
    case Kind::null:
      return null();
    case Kind::nothing:
      break;
  }
  return fail("expected a value");
}

bool JsonReader::at_end() {
  if (!error_.empty()) return false;
  skip_space();
  return next_ == text_.size() || fail("unexpected text after the value");
}

}  // namespace gradc::driver
