#include "ir/op.h"

#include <algorithm>
#include <cassert>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// An integer may stand where a real is asked for, and an empty list for a list of anything.
std::optional<Attribute> converted(const Attribute& value, AttributeKind kind) {
  if (kind_of(value) == kind) return value;
  if (const auto* integer = std::get_if<std::int64_t>(&value);
      integer && kind == AttributeKind::real)
    return static_cast<double>(*integer);
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&value);
  if (integers && kind == AttributeKind::reals)
    return std::vector<double>(integers->begin(), integers->end());
  if (integers && integers->empty() && kind == AttributeKind::strings)
    return std::vector<std::string>();
  return std::nullopt;
}

/// Defaults filled in, names and kinds checked.
std::optional<Attributes> complete(const Op& op, const Attributes& given, Location location,
                                   Diagnostics& diagnostics) {
  for (const auto& [name, value] : given)
    if (std::ranges::find(op.attributes, name, &AttributeSpec::name) == op.attributes.end())
      return diagnostics.report(location, Message::attribute_unknown, op.name, name);
  Attributes out;
  for (const AttributeSpec& spec : op.attributes) {
    const Attribute* value = given.find(spec.name);
    if (!value && spec.default_value) value = &*spec.default_value;
    if (!value) return diagnostics.report(location, Message::attribute_missing, op.name, spec.name);
    auto fitting = converted(*value, spec.kind);
    if (!fitting)
      return diagnostics.report(location, Message::attribute_kind, spec.name, op.name,
                                describe(spec.kind));
    out.set(spec.name, std::move(*fitting));
  }
  return out;
}

bool is_variadic(const Op& op) {
  return !op.operands.empty() && op.operands.back().ends_with("...");
}

}  // namespace

bool accepts(const Op& op, std::size_t count) {
  return is_variadic(op) ? count + 1 >= op.operands.size() : count == op.operands.size();
}

Call call_of(const Graph& graph, NodeId n, std::vector<NodeId>& operand_storage) {
  operand_storage.clear();
  for (const Use& use : graph.operands(n)) operand_storage.push_back(use.def);
  const Node& node = graph[n];
  return {*node.op,    graph,         operand_storage, node.attributes,
          node.bodies, node.location, &node.type};
}

std::optional<Value> try_append(Graph& graph, const Op& op, std::span<const Value> operands,
                                const Attributes& attributes, Diagnostics& diagnostics,
                                std::vector<Graph> bodies) {
  const Location location = graph.location;
  if (!accepts(op, operands.size()))
    return diagnostics.report(location, Message::operand_count, op.name, op.operands.size(),
                              operands.size());
  auto completed = complete(op, attributes, location, diagnostics);
  if (!completed) return std::nullopt;

  std::vector<NodeId> ids;
  for (const Value& operand : operands) {
    assert(&operand.graph() == &graph && "operands lie in the graph that is appended to");
    ids.push_back(operand.id());
  }
  auto type = op.infer_type({op, graph, ids, *completed, bodies, location}, diagnostics);
  if (!type) return std::nullopt;
  if (!is_valid(*type))
    return diagnostics.report(location, Message::tensor_too_large, *type, max_tensor_bytes);
  const NodeId id = graph.append({.op = &op,
                                  .attributes = std::move(*completed),
                                  .type = std::move(*type),
                                  .location = location,
                                  .bodies = std::move(bodies)},
                                 ids);
  return Value{graph, id};
}

Value append(Graph& graph, const Op& op, std::span<const Value> operands,
             const Attributes& attributes, std::vector<Graph> bodies) {
  Diagnostics diagnostics;
  const auto value = try_append(graph, op, operands, attributes, diagnostics, std::move(bodies));
  assert(value && "the compiler applies ops to operands they accept");
  return *value;
}

Value append(const Op& op, std::initializer_list<Value> operands, const Attributes& attributes) {
  return append(operands.begin()->graph(), op, std::span(operands.begin(), operands.size()),
                attributes);
}

TypeRule same_type(bool floats_only) {
  return [floats_only](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
    const Type& first = call.type(0);
    for (std::size_t slot = 1; slot < call.size(); ++slot)
      if (call.type(slot) != first)
        return diagnostics.report(call.location, Message::operand_types_differ, call.op.name, first,
                                  call.type(slot));
    if (floats_only && !is_float(first.dtype))
      return diagnostics.report(call.location, Message::operand_dtype, call.op.name, first,
                                "f32 or f64");
    if (first.dtype == DType::boolean)
      return diagnostics.report(call.location, Message::operand_dtype, call.op.name, first,
                                "numbers");
    return first;
  };
}

TypeRule comparison() {
  return [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
    if (call.type(0) != call.type(1))
      return diagnostics.report(call.location, Message::operand_types_differ, call.op.name,
                                call.type(0), call.type(1));
    return Type{DType::boolean, call.type(0).shape};
  };
}

TypeRule logical() {
  return [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
    for (std::size_t slot = 0; slot < call.size(); ++slot)
      if (call.type(slot).dtype != DType::boolean)
        return diagnostics.report(call.location, Message::operand_dtype, call.op.name,
                                  call.type(slot), "bool");
    if (call.size() == 2 && call.type(0) != call.type(1))
      return diagnostics.report(call.location, Message::operand_types_differ, call.op.name,
                                call.type(0), call.type(1));
    return call.type(0);
  };
}

bool check_axes(const Call& call, const Shape& shape, const std::vector<std::int64_t>& axes,
                Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const bool inside = axes[i] >= 0 && axes[i] < std::ssize(shape);
    const bool repeated = std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(i),
                                    axes[i]) != axes.begin() + static_cast<std::ptrdiff_t>(i);
    if (inside && !repeated) continue;
    diagnostics.report(call.location, Message::axis_out_of_range, axes[i], call.op.name,
                       to_string(shape));
    return false;
  }
  return true;
}

std::vector<std::int64_t> other_axes(std::int64_t rank, const std::vector<std::int64_t>& axes) {
  std::vector<std::int64_t> out;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) out.push_back(axis);
  return out;
}

TypeRule reduced(std::optional<DType> result) {
  return [result](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
    const Type& x = call.type(0);
    const auto& axes = call.attribute<std::vector<std::int64_t>>("axes");
    if (x.dtype == DType::boolean)
      return diagnostics.report(call.location, Message::operand_dtype, call.op.name, x, "numbers");
    if (!check_axes(call, x.shape, axes, diagnostics)) return std::nullopt;
    Type out{result.value_or(x.dtype), {}};
    for (const std::int64_t axis : other_axes(x.rank(), axes))
      out.shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
    return out;
  };
}

Value along(Value reduced, Value like, const std::vector<std::int64_t>& axes) {
  return broadcast(reduced, like.shape(), other_axes(like.type().rank(), axes));
}

// ---- Bodies ----------------------------------------------------------------------------------

TypeRule first_result() {
  return [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
    const auto refuse = [&](const std::string& reason) {
      return diagnostics.report(call.location, Message::unfit_body, call.op.name, reason);
    };
    if (call.bodies.size() != 1) return refuse("is missing");
    const Graph& body = call.bodies.front();
    const auto wanted = call.op.body->inputs(call);
    if (!wanted) return refuse("cannot be given these operands");
    std::vector<Type> takes;
    for (const NodeId n : inputs(body)) takes.push_back(body[n].type);
    if (takes != *wanted)
      return refuse(fmt::format("takes ({}) but is given ({})", fmt::join(takes, ", "),
                                fmt::join(*wanted, ", ")));
    const std::vector<Type> results = call.op.body->results(call);
    if (results.empty()) return refuse("returns nothing");
    return results.front();
  };
}

std::vector<Type> result_types(const Graph& graph, NodeId n) {
  if (!graph[n].op->body) return {graph[n].type};
  std::vector<NodeId> operands;
  return graph[n].op->body->results(call_of(graph, n, operands));
}

}  // namespace gradc::ir
