#pragma once
/// The grammar, one function per rule; inside the frontend only. The rules are written out in
/// README.md.
///   parser.cpp            files and declarations
///   parse_statement.cpp   what stands in a block
///   parse_entry.cpp       what stands in a model only
///   parse_expression.cpp  expressions and types
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/cursor.h"

namespace gradc::frontend {

/// Where a statement stands; as bits, so that a rule can list its places.
enum Place : std::uint8_t { in_layer = 1, in_model = 2, in_optimizer = 4, directly_in_model = 8 };

class Parser {
 public:
  Parser(const ir::Source& source, ir::Diagnostics& diagnostics) : cursor_(source, diagnostics) {}

  ast::File file();

 private:
  using Statements = std::vector<ast::Stmt>;
  using Declarations = std::vector<ast::Declaration>;
  /// Appends what it reads: `dim A, B` is two statements.
  struct StatementRule {
    std::string_view word;
    std::uint8_t places;
    std::string_view home;
    void (Parser::*read)(Statements&);
  };
  static const StatementRule statement_rules[];

  // parser.cpp
  /// "expected … but found …", with the word that was perhaps meant.
  void unknown_word(std::string_view expected, std::span<const std::string> words);
  void declaration(Declarations&);
  void import(Declarations&);
  void file_dim(Declarations&);
  void fn(Declarations&);
  void layer(Declarations&);
  void optimizer(Declarations&);
  void model(Declarations&);
  std::vector<ast::Parameter> parameters();
  ast::Parameter parameter();
  ast::Dim dim_pattern();

  // parse_statement.cpp
  ast::Block block(Place place);
  ast::Block block() { return block(place_); }
  void statement(Statements&);
  const StatementRule* find_statement_rule() const;
  void equation_or_update(Statements&);
  ast::Target target();
  void dim(Statements&);
  void storage(Statements&);
  void input(Statements&);
  void seq(Statements&);
  void for_loop(Statements&);
  void if_statement(Statements&);
  void assertion(Statements&);
  void return_statement(Statements&);
  std::vector<ast::DimDeclaration> dim_declarations();

  // parse_entry.cpp
  void metric(Statements&);
  void step(Statements&);
  void export_entry(Statements&);
  void data(Statements&);
  void train(Statements&);
  void train_clause(ast::Train&);
  ast::Each each();
  ast::ExprPtr batches();
  ast::Unit unit();
  ast::Action action();
  ast::Binding binding();
  ast::ExprPtr optimizer_call();
  std::vector<ast::TensorParameter> tensor_parameters();

  // parse_expression.cpp
  ast::ExprPtr expression();
  ast::ExprPtr expressions();  ///< one, or several with commas between them
  ast::ExprPtr conditional();
  ast::ExprPtr binary(int lowest_level);
  ast::ExprPtr one_comparison(ast::ExprPtr compared);
  ast::ExprPtr unary();
  ast::ExprPtr power();
  ast::ExprPtr postfix();
  ast::ExprPtr call(ast::ExprPtr callee);
  ast::ExprPtr atom();
  ast::ExprPtr literal();
  ast::ExprPtr list_literal();
  ast::Argument argument();
  ast::Type type();
  ast::Dim dim_item();
  std::vector<ast::Dim> dims();  ///< without brackets
  template <typename Node>
  ast::ExprPtr make(ir::Location first, Node node, std::uint32_t height_below = 0);

  Cursor cursor_;
  Place place_ = in_layer;
};

}  // namespace gradc::frontend
