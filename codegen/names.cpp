#include "codegen/names.h"

#include <algorithm>
#include <array>

namespace gradc::codegen {

namespace {

constexpr std::array<std::string_view, 100> reserved = {
    "alignas",   "alignof",   "and",       "asm",       "auto",      "bitand",   "bitor",
    "bool",      "break",     "case",      "catch",     "char",      "class",    "compl",
    "concept",   "const",     "constexpr", "consteval", "constinit", "continue", "decltype",
    "default",   "delete",    "do",        "double",    "else",      "enum",     "errno",
    "explicit",  "export",    "extern",    "false",     "float",     "for",      "friend",
    "goto",      "if",        "inline",    "int",       "long",      "main",     "mutable",
    "namespace", "new",       "noexcept",  "not",       "nullptr",   "operator", "or",
    "private",   "protected", "public",    "register",  "requires",  "restrict", "return",
    "short",     "signed",    "sizeof",    "static",    "struct",    "switch",   "template",
    "this",      "throw",     "true",      "try",       "typedef",   "typeid",   "typename",
    "typeof",    "union",     "unsigned",  "using",     "virtual",   "void",     "volatile",
    "wchar_t",   "while",     "xor"};

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return is_letter(c) ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::string c_prefix(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const char small = lower(c);
    out += is_letter(small) || is_digit(small) ? small : '_';
  }
  if (out.empty() || !is_letter(out[0])) out.insert(0, "m");
  return out;
}

std::string c_name(std::string_view name) {
  std::string out = c_prefix(name);
  if (std::ranges::find(reserved, out) != reserved.end()) out += '_';
  return out;
}

std::string macro_prefix(std::string_view name) {
  std::string out = c_prefix(name);
  std::ranges::transform(out, out.begin(), upper);
  return out;
}

}  // namespace gradc::codegen
