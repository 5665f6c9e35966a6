#include <algorithm>

#include "codegen/c_api.h"
#include "codegen/names.h"
#include "ir/ops.h"

namespace gradc::codegen {

namespace {

/// The name as a name of C that none of the parameters has yet.
std::string fresh(const std::string& name, const std::vector<CParameter>& taken) {
  std::string out = c_name(name);
  const auto is_taken = [&] {
    return out == "m" || std::ranges::find(taken, out, &CParameter::name) != taken.end();
  };
  while (is_taken()) out += '_';
  return out;
}

CFunction c_function(const ir::Entry& entry, std::size_t number, const std::string& prefix) {
  CFunction out{.symbol = prefix + "_" + c_prefix(entry.name), .entry = number};
  out.takes_seed = entry.kind == ir::EntryKind::init;
  out.returns_loss = entry.kind == ir::EntryKind::step;
  const ir::Graph& graph = entry.graph;
  for (const ir::NodeId n : ir::inputs(graph))
    if (ir::storage_of(graph, n) == ir::StorageClass::input)
      out.parameters.push_back({fresh(graph[n].name, out.parameters), graph[n].type, false});

  const std::vector<ir::ResultName> results = ir::result_names(graph);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ir::Type& type = graph[graph.operand(ir::return_node(graph), i)].type;
    if (results[i].commits)
      out.changes_memory = true;
    else if (out.returns_loss && i == 0)
      out.loss = type;
    else
      out.parameters.push_back({fresh(results[i].name, out.parameters), type, true});
  }
  return out;
}

}  // namespace

std::vector<CFunction> c_functions(const passes::Plan& plan, const std::string& prefix) {
  std::vector<CFunction> out;
  for (std::size_t i = 0; i < plan.program.entries.size(); ++i)
    out.push_back(c_function(plan.program.entries[i], i, prefix));
  return out;
}

}  // namespace gradc::codegen
