#pragma once
/// What the parser makes of a model file: the text as a tree, nothing looked up and nothing
/// checked. A null ExprPtr means that an optional part was left out; a part that was there and
/// could not be parsed is an `Invalid` expression, which has been reported and must not be reported
/// again.
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

// ---- expressions -------------------------------------------------------------------------------

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

/// `h[t-1]`
struct Index {
  ExprPtr base, index;
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
               Reference, Negation, Binary, Conditional, Call, Index, View, Pipe>
      node;
  /// Levels of this tree. The parser bounds it, so recursing over an expression is safe.
  std::uint32_t height = 1;

  bool is_invalid() const { return std::holds_alternative<Invalid>(node); }
};

// ---- statements --------------------------------------------------------------------------------

struct Stmt;
struct Block {
  std::vector<Stmt> statements;
  Location location;  ///< from `{` to `}`
};

/// What stands left of `=`: a name, or a name at a step: `h[t]`, `h[-1]`.
struct Target {
  Name name;
  ExprPtr index;
  Location location;
};

/// `i, f, g, o = split(x, 4)`, `y: f32[B] = mean(x over T)`
struct Equation {
  std::vector<Target> targets;
  std::optional<Type> type;
  ExprPtr value;
};

/// `rm <- rm + momentum * (m - rm)`
struct Update {
  Name name;
  ExprPtr value;
};

enum class StorageKind : std::uint8_t { param, buffer, state };

/// `param w: f32[I, O] ~ glorot_uniform`; in an optimizer `state m ~ zeros`, of the parameter's
/// type.
struct Storage {
  StorageKind kind;
  Name name;
  std::optional<Type> type;
  ExprPtr initial;
};

/// `input x: f32[B, 784]`
struct Input {
  Name name;
  Type type;
};

/// One name of `dim B = 32, T`; without a value it must be given from outside.
struct DimDeclaration {
  Name name;
  ExprPtr value;
};

/// `seq t in T where t < len truncate 32 { … }`
struct Seq {
  Name step, axis;
  ExprPtr where, truncate;
  Block body;
};

/// `for l in first..last { … }`: last is excluded. Expanded while the graph is built.
struct For {
  Name variable;
  ExprPtr first, last;
  Block body;
};

/// The static `if`. `else if` nests in else_body.
struct If {
  ExprPtr condition;
  Block then_body;
  std::optional<Block> else_body;
};

struct Assert {
  ExprPtr condition;
  std::optional<Text> message;
};

struct Return {
  std::vector<ExprPtr> values;
};

// ---- entries: statements of a model only
// ---------------------------------------------------------

/// A tensor parameter: `x: f32[B, I]`
struct TensorParameter {
  Name name;
  Type type;
};

/// `name = value` in `with` and `data`.
struct Binding {
  Name name;
  ExprPtr value;
};

struct Metric {
  Name name;
  ExprPtr value;
};

/// `step fit minimize loss over enc, dec except "*.b" using adam(lr = 1e-3) clip_norm 5`
struct Step {
  Name name;
  ExprPtr loss;
  std::vector<Name> over;  ///< instances; empty means `all`
  std::vector<Text> except;
  ExprPtr optimizer;  ///< a Call
  ExprPtr clip_norm, clip_value;
};

/// `export next(z: f32[B, Z]) = dec(z) with B = 1, T = 1`
struct Export {
  Name name;
  std::vector<TensorParameter> parameters;
  ExprPtr value;
  std::vector<Binding> with;
};

/// `data truth { x = [[0, 0], [0, 1]] }`
struct Data {
  Name name;
  std::vector<Binding> bindings;
};

enum class ActionKind : std::uint8_t { step, eval, save, reset };

/// What happens in an `each`: a step's name, `eval loss, accuracy`, `save`, `reset`.
struct Action {
  ActionKind kind;
  std::vector<Name> names;  ///< the step, or what is evaluated
  Location location;
};

enum class Unit : std::uint8_t { batch, epoch, step };

/// `each 500 epochs { eval loss }`
struct Each {
  ExprPtr count;  ///< null: every one
  Unit unit;
  std::vector<Action> actions;
  Location location;
};

/// `data truth holdout 0.1`: the last tenth of the examples is kept for evaluation.
struct TrainData {
  Name name;
  ExprPtr holdout;
};

struct Train {
  std::optional<TrainData> data;
  ExprPtr epochs, seed;
  std::vector<Each> each;
};

struct Stmt {
  Location location;
  std::variant<Equation, Update, Storage, Input, DimDeclaration, Seq, For, If, Assert, Return,
               Metric, Step, Export, Data, Train>
      node;
};

// ---- declarations of a file
// ----------------------------------------------------------------------

enum class ParameterKind : std::uint8_t { any, dim, integer, real, function };

/// A construction parameter: `O: dim`, `act = identity`, `x`
struct Parameter {
  Name name;
  ParameterKind kind = ParameterKind::any;
  ExprPtr default_value;
};

struct Import {
  Text path;
};

/// `fn silu(x) = x * sigmoid(x)`, `fn variance(x over ...D) = …`, `fn nll(p, y over C) = …`
struct Fn {
  Name name;
  std::vector<Parameter> parameters;
  std::optional<Dim> over;  ///< what the dims behind `over` of a call are called: `...D` or `C`
  ExprPtr value;
  std::string doc;  ///< the comment lines directly above, without their `#`
};

struct Layer {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<TensorParameter> operands;
  std::optional<Type> result;
  Block body;
  std::string doc;
};

/// `optimizer sgd(lr = 0.1)(p, g) { p <- p - lr * g }`
struct Optimizer {
  Name name;
  std::vector<Parameter> parameters;
  Name parameter, gradient;
  Block body;
  std::string doc;
};

struct Model {
  Name name;
  std::vector<Parameter> parameters;
  Block body;
  std::string doc;
};

struct Declaration {
  Location location;
  std::variant<Import, DimDeclaration, Fn, Layer, Optimizer, Model> node;
};

struct File {
  std::vector<Declaration> declarations;
};

}  // namespace gradc::frontend::ast
