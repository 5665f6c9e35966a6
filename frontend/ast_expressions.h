#pragma once
/// Expressions and types as they are written (ast.h).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/location.h"
#include "ir/type.h"

namespace gradc::frontend::ast {

using ir::Location;

/// A name where it is declared or listed. A name that is referred to may have dots: `e.table`.
struct Name {
  std::string text;
  Location location;
};

/// A string with its escapes resolved; the location includes the quotes.
struct Text {
  std::string text;
  Location location;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// One item of a list of dims: an expression over dims, `...` (any dims) or `...S` (any dims,
/// called S).
struct Dim {
  Location location;
  ExprPtr extent;             ///< null for `...`
  std::string ellipsis_name;  ///< "S" for `...S`
  bool is_ellipsis() const { return !extent; }
};

/// `f32[B, T]`, the scalar `f32`, or the tuple `(f32[B], i32)`.
struct Type {
  Location location;
  ir::DType dtype = ir::DType::f32;
  std::vector<Dim> dims;
  std::vector<Type> elements;  ///< of a tuple; empty for a tensor type
  bool is_invalid = false;     ///< could not be parsed, and has been reported
  bool is_tuple() const { return !elements.empty(); }
};

enum class BinaryOperator : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  remainder,
  matmul,
  power,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal
};

struct Invalid {};
struct IntegerLiteral {
  std::int64_t value;
};
/// `1.5`, `1e-3`, `inf`
struct FloatLiteral {
  double value;
};
struct BooleanLiteral {
  bool value;
};
struct StringLiteral {
  std::string value;
};
/// `[[0, 1], [1, 0]]`
struct ListLiteral {
  std::vector<ExprPtr> elements;
};
/// `a, b` behind `=`
struct Several {
  std::vector<ExprPtr> values;
};
/// `x`, `e.table`
struct Reference {
  std::string name;
};
/// `-x`
struct Negation {
  ExprPtr operand;
};
struct Binary {
  BinaryOperator op;
  ExprPtr left, right;
  Location op_location;
};
/// `if c then a else b`
struct Conditional {
  ExprPtr condition, then_value, else_value;
};

/// `decay = 0.1 on "*.w"`
struct Argument {
  std::optional<Name> name;
  ExprPtr value;
  std::optional<Text> on;
  Location location;
};

/// `mean(x over B, T)`, `Dense(64)(x)`
struct Call {
  ExprPtr callee;
  std::vector<Argument> arguments;
  std::vector<Dim> over;
};

/// `h[t-1]`, `x[0 over T]`
struct Index {
  ExprPtr base, index;
  std::vector<Dim> over;
};
/// `v as [B, T, D]`
struct View {
  ExprPtr value;
  std::vector<Dim> dims;
};
/// `x |> Dense(8)`: the stage gets x as its first operand.
struct Pipe {
  ExprPtr value, stage;
};

struct Expr {
  Location location;
  std::variant<Invalid, IntegerLiteral, FloatLiteral, BooleanLiteral, StringLiteral, ListLiteral,
               Several, Reference, Negation, Binary, Conditional, Call, Index, View, Pipe>
      node;
  /// Levels of this tree. The parser bounds it, so recursing over an expression is safe.
  std::uint32_t height = 1;

  bool is_invalid() const { return std::holds_alternative<Invalid>(node); }
};

}  // namespace gradc::frontend::ast
