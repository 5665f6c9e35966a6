#include "frontend/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/builtins.h"
#include "frontend/library.h"

namespace gradc::frontend {

namespace {

/// The declaration's text up to its body: before the first `{` or the first `=` outside
/// parentheses.
std::string signature(ir::Location location) {
  const std::string_view text =
      std::string_view(location.source->text).substr(location.begin, location.end - location.begin);
  int depth = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (depth == 0 && (c == '{' || c == '=')) break;
  }
  // Signatures that run over several lines are shown in one.
  std::string out;
  for (const char c : text.substr(0, end)) {
    const bool is_space = c == ' ' || c == '\n';
    if (c == '(' && out.ends_with(") ")) out.pop_back();
    if (!is_space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string indented(std::string_view doc) {
  std::string out;
  while (!doc.empty()) {
    const std::size_t end = std::min(doc.find('\n'), doc.size());
    out += fmt::format("    {}\n", doc.substr(0, end));
    doc.remove_prefix(std::min(end + 1, doc.size()));
  }
  return out;
}

/// The doc comment of what has one.
const std::string* doc_of(const ast::Declaration& declaration) {
  return std::visit(
      []<typename T>(const T& node) -> const std::string* {
        if constexpr (requires { node.doc; })
          return &node.doc;
        else
          return nullptr;
      },
      declaration.node);
}

}  // namespace

std::string library_reference() {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  const Library library = load_library(sources, diagnostics);
  std::string out = "built in (besides the ops)\n\n";
  for (const std::string_view name : builtin_names()) {
    const Builtin& builtin = *find_builtin(name);
    out += fmt::format("{}\n    {}\n", builtin.usage, builtin.doc);
  }
  for (std::size_t i = 0; i < library.files.size(); ++i) {
    out += fmt::format("\n{}\n\n", library.sources[i]->name);
    for (const ast::Declaration& declaration : library.files[i].declarations)
      if (const std::string* doc = doc_of(declaration))
        out += fmt::format("{}\n{}", signature(declaration.location), indented(*doc));
  }
  return out;
}

}  // namespace gradc::frontend
