// h = scan(xs, h0, u): h[t] = body(xs[t], h[t-1], u) for t = 0, 1, …, with h[-1] = h0
#include <limits>

#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

Scan scan_of(const Attributes& attributes) {
  return {attributes.get<std::int64_t>("steps"),
          static_cast<std::size_t>(attributes.get<std::int64_t>("scanned")),
          static_cast<std::size_t>(attributes.get<std::int64_t>("carried")),
          attributes.get<bool>("reverse"), attributes.get<bool>("segments")};
}

Attributes to_attributes(const Scan& scan) {
  return {{"steps", scan.steps},
          {"scanned", static_cast<std::int64_t>(scan.scanned)},
          {"carried", static_cast<std::int64_t>(scan.carried)},
          {"reverse", scan.is_reverse},
          {"segments", scan.is_segments}};
}

std::vector<Type> stacked_types(const Scan& scan, const Graph& body) {
  std::vector<Type> out = operand_types(body, return_node(body));
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(scan.carried));
  for (Type& type : out) type.shape.insert(type.shape.begin(), scan.steps);
  return out;
}

namespace {

/// What the body sees of each operand.
std::optional<std::vector<Type>> body_inputs(const Call& call) {
  constexpr std::int64_t most_operands = std::numeric_limits<std::int32_t>::max();
  const std::int64_t scanned = call.attribute<std::int64_t>("scanned");
  const std::int64_t carried = call.attribute<std::int64_t>("carried");
  const Scan scan = scan_of(call.attributes);
  const bool are_counts = scanned >= 0 && carried >= 0 && scanned <= most_operands &&
                          carried <= most_operands && scan.steps >= 0 &&
                          scan.scanned + scan.carried <= call.size();
  if (!are_counts) return std::nullopt;

  std::vector<Type> out;
  for (std::size_t slot = 0; slot < call.size(); ++slot) {
    Type type = call.type(slot);
    if (slot < scan.scanned) {
      if (type.shape.empty() || type.shape[0] != scan.steps) return std::nullopt;
      type.shape.erase(type.shape.begin());
    }
    out.push_back(std::move(type));
  }
  const Graph& body = call.bodies.front();
  const std::vector<Type> returned = operand_types(body, return_node(body));
  if (returned.size() < scan.carried) return std::nullopt;
  for (std::size_t i = 0; i < scan.carried; ++i)
    if (returned[i] != out[scan.scanned + i]) return std::nullopt;
  return out;
}

std::vector<Type> results(const Call& call) {
  const Scan scan = scan_of(call.attributes);
  std::vector<Type> out;
  for (std::size_t i = 0; i < scan.carried; ++i) out.push_back(call.type(scan.scanned + i));
  for (Type& type : stacked_types(scan, call.bodies.front())) out.push_back(std::move(type));
  return out;
}

}  // namespace

const Op op_scan = {
    .name = "scan",
    .doc =
        "Computes its body graph once for every step of a sequence. Of the operands the first "
        "`scanned` are sequences along their first axis, the next `carried` start values; the body "
        "returns what is carried to the next step, then the outputs of this one. Results are the "
        "last carried values, then the outputs of all steps.",
    .operands = {"operands..."},
    .attributes = {{"steps", AttributeKind::integer},
                   {"scanned", AttributeKind::integer},
                   {"carried", AttributeKind::integer},
                   {"reverse", AttributeKind::boolean, false},
                   {"segments", AttributeKind::boolean, false, true}},
    .infer_type = first_result(),
    .differentiability = Differentiability::by_body,
    .body = BodyRule{body_inputs, results},
};

Value scan(Graph& graph, std::span<const Value> operands, const Attributes& attributes,
           Graph body) {
  std::vector<Graph> bodies;
  bodies.push_back(std::move(body));
  return append(graph, op::scan, operands, attributes, std::move(bodies));
}

}  // namespace gradc::ir
