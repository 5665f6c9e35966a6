// A group of ops that runs as one kernel: what the pass `fuse` makes.
#include "ir/compose.h"
#include "ir/ops.h"

namespace gradc::ir {

const Op op_fused = {
    .name = "fused",
    .doc =
        "Computes its body graph, whose inputs are the operands, in one kernel. Has the type of "
        "the body's "
        "first result; when there are several, each is read through `result`.",
    .operands = {"operands..."},
    .infer_type = first_result(),
    .differentiability = Differentiability::impossible,
    .kernel = [](const Call& call) -> Kernel {
      auto kernel = compose(call.bodies.front());
      assert(kernel && "fuse makes only groups that compose to one kernel");
      return std::move(*kernel);
    },
    .body = BodyRule{.inputs = [](const Call& call) -> std::optional<std::vector<Type>> {
                       std::vector<Type> out;
                       for (std::size_t slot = 0; slot < call.size(); ++slot)
                         out.push_back(call.type(slot));
                       return out;
                     },
                     .results =
                         [](const Call& call) {
                           const Graph& body = call.bodies.front();
                           return operand_types(body, return_node(body));
                         }},
};

Value fused(Graph& graph, std::span<const Value> operands, Graph body) {
  std::vector<Graph> bodies;
  bodies.push_back(std::move(body));
  return append(graph, op::fused, operands, {}, std::move(bodies));
}

}  // namespace gradc::ir
