#pragma once
/// Turns an op's documented examples into graphs and operands, for the laws over the catalogue.
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ir/ops.h"
#include "ir/tensor.h"

namespace gradc::ir {

struct Built {
  Graph graph;
  NodeId result;
};

/// One input per operand: x0, x1, …
inline std::vector<Value> inputs_of(Graph& graph, const Example& example) {
  std::vector<Value> operands;
  for (const ExampleOperand& operand : example.operands)
    operands.push_back(
        input(graph, "x" + std::to_string(operands.size()), operand.type, StorageClass::input));
  return operands;
}

/// The op applied to inputs, and returned as `y`; nothing if it refuses.
inline std::optional<Built> build(const Op& op, const Example& example, Diagnostics& diagnostics) {
  Built built;
  const std::vector<Value> operands = inputs_of(built.graph, example);
  const auto y = try_append(built.graph, op, operands, example.attributes, diagnostics);
  if (!y) return std::nullopt;
  built.result = y->id();
  const Value results[] = {*y};
  return_(built.graph, results, {"y"});
  return built;
}

/// Reals from [low, high); integers and bools from the whole numbers in it.
inline Tensor random_tensor(const Type& type, double low, double high, std::mt19937& random) {
  Tensor out(type);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double unit = static_cast<double>(random()) / 4294967296.0;
    if (is_float(type.dtype))
      out.set_real(i, low + (high - low) * unit);
    else if (type.dtype == DType::boolean)
      out.set_integer(i, unit < 0.5);
    else
      out.set_integer(i, static_cast<std::int64_t>(low + (high - low) * unit));
  }
  return out;
}

inline std::vector<Tensor> random_operands(const Example& example, std::mt19937& random) {
  std::vector<Tensor> out;
  for (const ExampleOperand& operand : example.operands)
    out.push_back(random_tensor(operand.type, operand.low, operand.high, random));
  return out;
}

}  // namespace gradc::ir
