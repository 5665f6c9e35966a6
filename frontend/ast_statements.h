#pragma once
/// Statements as they are written (ast.h): equations, storage, loops, and the entries of a model.
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "frontend/ast_expressions.h"

namespace gradc::frontend::ast {

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

enum class ActionKind : std::uint8_t { step, eval, save, reset, draw };

/// What happens in an `each`: a step's name, `eval loss, accuracy`, `save`, `reset`, `draw sheet`.
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
  ExprPtr epochs;
  ExprPtr batches;  ///< of an epoch; null: as many as the data fill
  ExprPtr seed;
  std::vector<Each> each;
};

struct Stmt {
  Location location;
  std::variant<Equation, Update, Storage, Input, DimDeclaration, Seq, For, If, Assert, Return,
               Metric, Step, Export, Data, Train>
      node;
};

}  // namespace gradc::frontend::ast
