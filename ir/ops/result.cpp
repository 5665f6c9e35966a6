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
      const std::int64_t index = call.attribute<std::int64_t>("index");
      const bool has_results = call.graph[call.operands[0]].op->body.has_value();
      const auto types =
          has_results ? result_types(call.graph, call.operands[0]) : std::vector<Type>();
      if (index < 0 || index >= std::ssize(types))
        return diagnostics.report(call.location, Message::result_out_of_range, index, types.size());
      return types[static_cast<std::size_t>(index)];
    },
    .differentiability = Differentiability::by_body,
};

Value result(Value fused, std::int64_t index) {
  return append(op::result, {fused}, {{"index", index}});
}

}  // namespace gradc::ir
