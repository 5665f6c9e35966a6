#pragma once
/// What an op is: everything the compiler knows about it, in one object (ir/ops/<name>.cpp).
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ir/attribute.h"
#include "ir/diagnostics.h"
#include "ir/graph.h"
#include "ir/kernel.h"
#include "ir/steps.h"
#include "ir/value.h"

namespace gradc::ir {

/// An op applied to operands: what type rules and kernel rules see.
struct Call {
  const Op& op;
  const Graph& graph;
  std::span<const NodeId> operands;
  const Attributes& attributes;  ///< complete: defaults are filled in
  std::span<const Graph> bodies;
  Location location;
  const Type* result = nullptr;  ///< the inferred type; null while it is being inferred

  std::size_t size() const { return operands.size(); }
  const Type& type(std::size_t slot) const { return graph[operands[slot]].type; }
  template <typename T>
  const T& attribute(std::string_view name) const {
    return attributes.get<T>(name);
  }
};
/// The call a node stands for.
Call call_of(const Graph& graph, NodeId n, std::vector<NodeId>& operand_storage);

/// How the language applies an op to operands with named dims (frontend/elaborate).
enum class Form {
  structural,   ///< by its own rule: contract, reshape, gather …
  elementwise,  ///< operands of one shape, aligned by name; the result has that shape
  reduction,    ///< drops the attribute `axes`: `sum(x over B)`
  along_axes,   ///< keeps the shape, works along the attribute `axes`: `softmax(x over S)`
};

/// How a gradient reaches the operands.
enum class Differentiability {
  by_rule,   ///< `gradient` says it (or, for a composite op without one, its expansion)
  by_body,   ///< a sweep through the body whose result it is (passes/differentiate_scan.cpp)
  constant,  ///< the result does not depend smoothly on the operands: no gradient flows (floor, eq)
  impossible,  ///< asking for the gradient is a user error
};

using TypeRule = std::function<std::optional<Type>(const Call&, Diagnostics&)>;

/// Operands of a call that law tests make: element values are drawn from [low, high].
struct ExampleOperand {
  Type type;
  double low = -2;
  double high = 2;
};
struct Example {
  std::vector<ExampleOperand> operands;
  Attributes attributes = {};
};

/// What the body graph of an op is to its node.
struct BodyRule {
  /// The types that the body's inputs must have; nothing if the operands do not fit the attributes.
  std::function<std::optional<std::vector<Type>>(const Call&)> inputs;
  /// The types of the node's results; several are read through `result`.
  std::function<std::vector<Type>(const Call&)> results;
};

/// An op's identity is its address: `node.op == &op::exp`. Exactly one of `kernel` and `expand` is
/// set, except for the few that codegen and the interpreter know as places, not as computations:
/// input, constant, return, result, fused, scan, reshape, gradient.
struct Op {
  std::string_view name;
  std::string_view doc;                         ///< one sentence, then the formula
  std::vector<std::string_view> operands = {};  ///< names; "xs..." as the last takes any number
  std::vector<AttributeSpec> attributes = {};
  Form form = Form::structural;
  TypeRule infer_type = {};
  Differentiability differentiability = Differentiability::by_rule;
  /// Given y = op(…) and the gradient dy of the loss with respect to y: one gradient per operand.
  std::function<Gradients(Value y, Value dy)> gradient = {};
  /// Of an op with one operand, where that is better than a sum of gradients: given several nodes
  /// of this op on the same x, and the gradient with respect to each, the one with respect to x.
  std::function<Value(std::span<const Value> ys, std::span<const Value> dys)> joint_gradient = {};
  KernelRule kernel = {};
  /// A composite op's definition by others. `y` is the node; its operands are in y's graph.
  std::function<Value(Value y)> expand = {};
  /// The op for all steps of a sequence at once (ir/steps.h); derived for the forms elementwise,
  /// reduction and along_axes.
  StepsRule all_steps = {};
  /// The sum over the steps, where that is less work than the sum of what `all_steps` gives.
  StepsRule sum_of_steps = {};
  /// Of sums it makes sums: op(a + b) = op(a) + op(b), so that a sum over steps may come first.
  bool is_linear = false;
  /// The same for groups of operands, the others of which stay as they are: a product is linear in
  /// each factor.
  std::vector<std::vector<std::size_t>> linear_in = {};
  /// Of an op that adds: whether each operand counts as it is (1) or with the other sign (-1).
  std::vector<int> signs = {};
  std::vector<Example> examples = {};
  std::optional<BodyRule> body = {};  ///< of an op that owns a graph
};

/// Does the op take that many operands?
bool accepts(const Op& op, std::size_t count);

/// Append `op` applied to `operands`: fills in default attributes, checks operands and attributes,
/// infers the type. Reports and returns nothing if the rule refuses.
std::optional<Value> try_append(Graph& graph, const Op& op, std::span<const Value> operands,
                                const Attributes& attributes, Diagnostics& diagnostics,
                                std::vector<Graph> bodies = {});
/// The same where a refusal would be our bug.
Value append(Graph& graph, const Op& op, std::span<const Value> operands,
             const Attributes& attributes = {}, std::vector<Graph> bodies = {});
/// With at least one operand, whose graph is meant.
Value append(const Op& op, std::initializer_list<Value> operands,
             const Attributes& attributes = {});

// ---- Type rules that several ops share -----------------------------------------------------

TypeRule same_type(bool floats_only = false);  ///< all operands have one type; so has the result
TypeRule comparison();  ///< operands of one type; the result is bool of that shape
TypeRule reduced(
    std::optional<DType> result = std::nullopt);  ///< the operand without the attribute `axes`

TypeRule logical();  ///< operands of one bool type; so is the result

/// The type of the first result of an op that owns a body; reports a body that does not fit.
TypeRule first_result();
/// The types of all results of a node.
std::vector<Type> result_types(const Graph& graph, NodeId n);

/// Axes are distinct and inside the rank; else a report.
bool check_axes(const Call& call, const Shape& shape, const std::vector<std::int64_t>& axes,
                Diagnostics& diagnostics);
/// The axes of a tensor of that rank that are not in `axes`, ascending.
std::vector<std::int64_t> other_axes(std::int64_t rank, const std::vector<std::int64_t>& axes);

// ---- Formulas that several gradients share --------------------------------------------------

/// A value reduced over `axes` of `like`, repeated along them: of like's shape again.
Value along(Value reduced, Value like, const std::vector<std::int64_t>& axes);

}  // namespace gradc::ir
