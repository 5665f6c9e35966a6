#pragma once
/// Walks over tokens and reports what is wrong with them. Shared by the parsers of models and of
/// graphs.
///
/// After a syntax error the cursor *panics*: nothing matches any more and nothing is reported, so
/// that the functions of a recursive-descent parser run to their ends without asking; whoever reads
/// a list of statements then calls `synchronize` and goes on with the next one.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/lexer.h"
#include "ir/diagnostics.h"

namespace gradc::frontend {

class Cursor {
 public:
  /// How deep brackets and blocks may nest: recursion over a text is safe.
  static constexpr std::uint32_t max_nesting = 200;
  /// Errors of one file, after which nothing more of it is read.
  static constexpr std::size_t max_errors = 20;

  /// While it lives, the text is one level deeper. Deeper than max_nesting is an error.
  class Level {
   public:
    explicit Level(Cursor& cursor);
    ~Level() { --cursor_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Cursor& cursor_;
  };

  Cursor(const ir::Source& source, ir::Diagnostics& diagnostics);

  const Token& peek(std::size_t ahead = 0) const;
  bool at(TokenKind kind) const { return !panics_ && peek().kind == kind; }
  bool at(std::string_view text) const { return !panics_ && peek().text == text; }
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool panics() const { return panics_; }

  /// Passes the current token.
  Token next();
  /// Passes the current token if it is this one.
  bool accept(std::string_view text);
  bool expect(std::string_view text);
  /// A name that is declared here, so one without dots.
  ast::Name expect_name(std::string_view what = "a name");
  /// A name as it is referred to: `e.table`.
  ast::Name expect_path(std::string_view what = "a name");
  ast::Text expect_string();

  /// Items separated by commas: at least one, unless `closing` (not empty) comes at once.
  template <std::invocable Item>
  void list(std::string_view closing, Item item) {
    if (!closing.empty() && at(closing)) return;
    do item();
    while (accept(","));
  }

  /// "expected … but found …", and panic.
  void fail(std::string_view expected);
  template <typename... Arguments>
  ir::Diagnostics::Report fail_with(ir::Location location, ir::Message message,
                                    const Arguments&... arguments) {
    if (panics_) return ir::Diagnostics::Report(nullptr);
    panics_ = true;
    return report(location, message, arguments...);
  }
  /// Reports without panic.
  template <typename... Arguments>
  ir::Diagnostics::Report report(ir::Location location, ir::Message message,
                                 const Arguments&... arguments) {
    if (has_enough()) return ir::Diagnostics::Report(nullptr);
    return diagnostics_.report(location, message, arguments...);
  }
  /// `{ item newline item … }`
  template <std::invocable Item>
  void braces(Item item) {
    const Level level(*this);
    if (!expect("{")) return;
    skip_newlines();
    while (!at_end() && !at("}")) {
      item();
      end_statement();
    }
    expect("}");
  }

  /// Gives up on the rest of the text.
  void abandon();
  ir::Diagnostics& diagnostics() { return diagnostics_; }

  void skip_newlines();
  /// Skips newlines if `text` follows them.
  void skip_newlines_before(std::string_view text);
  /// Expects the end of a statement. Ends a panic by passing what is left of the statement.
  void end_statement();
  /// Ends a panic before the end of the statement, the block it opens, or the end of the block it
  /// is in.
  void synchronize();
  /// Ends a panic before a `{`, if there is one in this statement: the block is worth reading.
  void synchronize_at_block();

  /// From `first` to the token passed last.
  ir::Location since(ir::Location first) const { return ir::span(first, last_); }
  ir::Location location() const { return peek().location; }

 private:
  bool has_enough();
  void report_problem();
  bool is_inside_unclosed() const;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  ir::Location last_;
  bool panics_ = false;
  std::uint32_t level_ = 0;
  bool is_abandoned_ = false;
  ir::Diagnostics& diagnostics_;
  std::size_t errors_before_;
};

}  // namespace gradc::frontend
