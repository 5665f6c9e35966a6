#pragma once
/// A handle to a node, with operators, so that gradients and expansions read like formulas.
#include <array>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace gradc::ir {

class Value {
 public:
  Value() = default;  ///< no value: "no gradient flows here"
  Value(Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

  explicit operator bool() const { return graph_ != nullptr; }
  Graph& graph() const { return *graph_; }
  NodeId id() const { return id_; }
  const Node& node() const { return (*graph_)[id_]; }
  const Type& type() const { return node().type; }
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }

  Value operand(std::size_t slot) const { return {*graph_, graph_->operand(id_, slot)}; }
  template <std::size_t N>
  std::array<Value, N> operands() const {
    std::array<Value, N> out;
    for (std::size_t slot = 0; slot < N; ++slot) out[slot] = operand(slot);
    return out;
  }
  std::size_t operand_count() const { return graph_->operands(id_).size(); }

  template <typename T>
  const T& attribute(std::string_view name) const {
    return node().attributes.get<T>(name);
  }
  const Attributes& attributes() const { return node().attributes; }

 private:
  Graph* graph_ = nullptr;
  NodeId id_{};
};

/// One per operand; an empty Value where no gradient flows.
using Gradients = std::vector<Value>;

/// A tensor of one number, of the type of `like` (or of `type`).
Value splat(Value like, double number);
Value splat(Graph& graph, const Type& type, double number);

// Operands have one type. A number takes the type of the other operand.
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value a);
Value operator+(Value a, double b);
Value operator+(double a, Value b);
Value operator-(Value a, double b);
Value operator-(double a, Value b);
Value operator*(Value a, double b);
Value operator*(double a, Value b);
Value operator/(Value a, double b);
Value operator/(double a, Value b);

}  // namespace gradc::ir
