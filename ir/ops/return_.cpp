// The end of a graph: its operands are the results.
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_return_ = {
    .name = "return",
    .doc =
        "Ends a graph. `results` names the operands: an output of the entry, or `<-slot` for a new "
        "value "
        "of a storage slot.",
    .operands = {"values..."},
    .attributes = {{"results", AttributeKind::strings}},
    .infer_type = [](const Call& call, Diagnostics& diagnostics) -> std::optional<Type> {
      const std::size_t names = call.attribute<std::vector<std::string>>("results").size();
      if (names != call.size())
        return diagnostics.report(call.location, Message::operand_count, "return", names,
                                  call.size());
      return Type{};
    },
    .differentiability = Differentiability::constant,
};

Value return_(Graph& graph, std::span<const Value> values, std::vector<std::string> results) {
  return append(graph, op::return_, values, {{"results", std::move(results)}});
}

}  // namespace gradc::ir
