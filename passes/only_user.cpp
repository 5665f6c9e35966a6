#include "passes/only_user.h"

namespace gradc::passes {

std::optional<ir::NodeId> only_user(const ir::Graph& graph, const ir::NodeSet& live,
                                    ir::NodeId node) {
  std::optional<ir::NodeId> out;
  for (const ir::Use& use : graph.uses(node)) {
    if (!live.contains(use.user)) continue;
    if (out) return std::nullopt;
    out = use.user;
  }
  return out;
}

}  // namespace gradc::passes
