// One of several results of a node that has more than one.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_result = {
    .name = "result",
    .doc = "Result number `index` of a node with several results.",
    .operands = {"of"},
    .attributes = {{"index", AttributeKind::integer}},
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      const Node& of = call.graph[call.operands[0]];
      const std::int64_t index = call.attribute<std::int64_t>("index");
      const std::int64_t count =
          of.bodies.empty() ? 0 : std::ssize(of.bodies[0].operands(return_node(of.bodies[0])));
      if (index < 0 || index >= count)
        return diagnostics.report(call.location, Message::result_out_of_range, index, count);
      const Graph& body = of.bodies[0];
      return body[body.operand(return_node(body), static_cast<std::size_t>(index))].type;
    },
    .differentiability = Differentiability::impossible,
};

Value result(Value fused, std::int64_t index) {
  return append(op::result, {fused}, {{"index", index}});
}

}  // namespace gradc::ir
