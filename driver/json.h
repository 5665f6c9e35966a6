#pragma once
/// JSON, RFC 8259: a strict reader that pulls values out of a text, and a writer.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gradc::driver {

/// Reads one value after the other. After the first mistake every call fails, so that a caller may
/// check once; `error()` then says what was wrong and where.
class JsonReader {
 public:
  enum class Kind { object, array, string, number, boolean, null, nothing };

  /// Deeper nesting than `depth_limit` is a mistake: hostile text must not use up the stack.
  explicit JsonReader(std::string_view text, int depth_limit = 64)
      : text_(text), depth_left_(depth_limit) {}

  /// What comes next, judged by its first character.
  Kind peek();

  /// Read an object; `member(key)` must read the value. It returns false to give up.
  bool object(const std::function<bool(const std::string& key)>& member);
  /// Read an array; `element()` must read one value.
  bool array(const std::function<bool()>& element);
  std::optional<std::string> string();
  std::optional<double> number();
  /// A number without fraction or exponent that fits.
  std::optional<std::int64_t> integer();
  std::optional<bool> boolean();
  bool null();
  /// Any value, unseen.
  bool skip();

  /// Nothing but space is left, and there was no mistake.
  bool at_end();
  /// "expected `:` at byte 17"; empty when there was no mistake.
  const std::string& error() const { return error_; }

 private:
  bool fail(std::string_view what);
  void skip_space();
  bool take(char c);
  bool expect(char c);
  bool enter(char open);
  bool keyword(std::string_view word);
  std::optional<std::string_view> number_token();
  bool digits();
  bool escape(std::string& out);
  bool unicode_escape(std::string& out);
  std::optional<std::uint32_t> hex4();

  std::string_view text_;
  std::size_t next_ = 0;
  int depth_left_;
  std::string error_;
};

/// Builds a compact JSON text. Keys come out in the order of the calls; numbers are the shortest
/// that read back the same; NaN and infinities, which JSON lacks, become null.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view value);
  JsonWriter& number(double value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  const std::string& text() const { return text_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

/// The text in quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace gradc::driver
