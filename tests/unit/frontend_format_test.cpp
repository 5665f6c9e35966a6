#include "frontend/format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/lexer.h"
#include "frontend/parser.h"

namespace gradc::frontend {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// The tokens that mean something, and every comment.
std::vector<std::string> content(const ir::Source& source) {
  std::vector<std::string> out;
  for (const Token& token : tokenize(source))
    if (token.kind != TokenKind::newline) out.emplace_back(token.text);
  return out;
}

TEST(Format, KeepsWhatIsSaidAndIsDoneAtOnce) {
  ir::Sources sources;
  int formatted_files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GRADC_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".grad") continue;
    const ir::Source& source = sources.add(entry.path().string(), text_of(entry.path()));
    ir::Diagnostics diagnostics;
    parse(source, diagnostics);
    if (diagnostics.has_errors()) continue;
    const ir::Source& once = sources.add("once", format(source));
    const ir::Source& twice = sources.add("twice", format(once));
    EXPECT_EQ(once.text, twice.text) << entry.path();
    EXPECT_EQ(content(source), content(once)) << entry.path();
    parse(once, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << ir::render(diagnostics);
    ++formatted_files;
  }
  EXPECT_GT(formatted_files, 50);
}

TEST(Format, EmptyTextsStayEmpty) {
  ir::Sources sources;
  EXPECT_EQ(format(sources.add("empty", "")), "");
  EXPECT_EQ(format(sources.add("blank", " \n\n  \t\n")), "");
  EXPECT_EQ(format(sources.add("comment", "# one  \n\n\n# two")), "# one\n\n# two\n");
}

}  // namespace
}  // namespace gradc::frontend
