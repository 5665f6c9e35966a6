#include "frontend/prune.h"

namespace gradc::frontend {

std::vector<bool> needed(const ir::Graph& graph, const std::vector<ir::NodeId>& results) {
  std::vector<bool> out(graph.size());
  for (const ir::NodeId n : results) out[ir::index(n)] = true;
  for (std::size_t i = graph.size(); i-- > 0;) {
    const ir::NodeId n{static_cast<std::uint32_t>(i)};
    if (!out[i]) continue;
    for (const ir::Use& use : graph.operands(n)) out[ir::index(use.def)] = true;
  }
  return out;
}

ir::Graph prune(const ir::Graph& graph, const std::vector<ir::NodeId>& kept) {
  std::vector<ir::NodeId> results = kept;
  results.push_back(ir::return_node(graph));
  const std::vector<bool> stays = needed(graph, results);
  std::vector<ir::NodeId> copies(graph.size());
  ir::Graph out;
  out.name = graph.name;
  for (const ir::NodeId n : ir::nodes(graph)) {
    if (!stays[ir::index(n)]) continue;
    std::vector<ir::NodeId> operands;
    for (const ir::Use& use : graph.operands(n)) operands.push_back(copies[ir::index(use.def)]);
    copies[ir::index(n)] = out.append(graph[n], operands);
  }
  return out;
}

}  // namespace gradc::frontend
