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
    .infer_type = [](const Call& call, Diagnostics&) -> std::optional<Type> {
      const Graph& body = call.bodies.front();
      return body[body.operand(return_node(body), 0)].type;
    },
    .differentiability = Differentiability::impossible,
    .kernel = [](const Call& call) -> Kernel {
      auto kernel = compose(call.bodies.front());
      assert(kernel && "fuse makes only groups that compose to one kernel");
      return std::move(*kernel);
    },
};

Value fused(Graph& graph, std::span<const Value> operands, Graph body) {
  std::vector<Graph> bodies;
  bodies.push_back(std::move(body));
  return append(graph, op::fused, operands, {}, std::move(bodies));
}

}  // namespace gradc::ir
