#pragma once
/// What the parser makes of a model file: the text as a tree, nothing looked up and nothing
/// checked. A null ExprPtr means that an optional part was left out; a part that was there and
/// could not be parsed is an `Invalid` expression, which has been reported and must not be reported
/// again.
#include <string>
#include <variant>
#include <vector>

#include "frontend/ast_expressions.h"
#include "frontend/ast_statements.h"

namespace gradc::frontend::ast {

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
