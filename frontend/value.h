#pragma once
/// What expressions of the language stand for while a model is elaborated.
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "frontend/ast.h"
#include "frontend/dims.h"
#include "frontend/names.h"
#include "ir/op.h"
#include "ir/value.h"

namespace gradc::frontend {

struct Scope;
struct Instance;
struct Builtin;
struct Value;

/// Something went wrong and has been reported: what is made of it is not worth a message.
struct Poison {};

/// A value of the graph that is being built, with named axes.
struct Tensor {
  ir::Value value;
  DimList dims;
  /// Made from numbers and the step counter only, in f64: takes the element type of what it meets.
  bool is_weak = false;

  ir::DType dtype() const { return value.dtype(); }
};

struct List {
  std::vector<Value> items;
};
/// Several results of one call.
struct Tuple {
  std::vector<Value> items;
};
/// `scope` is the file's: where the names in the declaration mean something.
struct Function {
  const ast::Fn* declaration;
  const Scope* scope;
};
struct LayerClass {
  const ast::Layer* declaration;
  const Scope* scope;
};
struct OptimizerClass {
  const ast::Optimizer* declaration;
  const Scope* scope;
};
/// An argument that only means something where a value is initialised: `init = normal(0.02)`.
struct Deferred {
  const ast::Expr* expression;
  const Scope* scope;
};

using AnyValue = std::variant<Poison, Dim, double, bool, std::string, ir::DType, Tensor, List,
                              Tuple, Function, LayerClass, OptimizerClass, const Instance*,
                              const ir::Op*, const Builtin*, Deferred>;

struct Value : AnyValue {
  using AnyValue::AnyValue;
  using AnyValue::operator=;

  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(*this);
  }
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(static_cast<const AnyValue*>(this));
  }
  bool is_poison() const { return is<Poison>(); }
  /// A number or truth value that is known now: an integer (Dim), a real, a bool.
  bool is_static() const { return is<Dim>() || is<double>() || is<bool>(); }
  /// The number, if it is one: an integer or a real.
  std::optional<double> number() const;
};

/// A layer with its construction arguments: `Dense(64)`.
struct Instance {
  LayerClass layer;
  Naming naming;  ///< its path, and the names its arguments have claimed
  std::vector<std::pair<std::string, Value>> arguments;
  ir::Location location;
};

/// A value as messages name it: "the number 3", "f32[B, 2]", "the layer `Dense`".
std::string describe(const Value& value, const Dims& dims);
/// "f32[B, 2]"
std::string to_string(ir::DType dtype, std::span<const Dim> axes, const Dims& dims);
std::string to_string(const Tensor& tensor, const Dims& dims);

}  // namespace gradc::frontend
