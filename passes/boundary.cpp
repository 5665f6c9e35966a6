#include "passes/boundary.h"

#include <algorithm>
#include <cassert>

#include "ir/op.h"
#include "ir/ops.h"
#include "ir/scan.h"
#include "passes/buffers.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::StorageClass;

namespace {

/// The `input` node that reads a storage slot; nothing if the graph does not read it.
std::optional<NodeId> find_slot(const Graph& graph, const std::string& slot) {
  for (const NodeId node : inputs(graph))
    if (storage_of(graph, node) != StorageClass::input && graph[node].name == slot) return node;
  return std::nullopt;
}

Place slot_place(const std::string& slot, const ir::Program& program, const StorageLayout& layout) {
  const auto found = std::ranges::find(program.storage, slot, &ir::Storage::name);
  assert(found != program.storage.end() &&
         "the storage table has every slot that a graph reads or commits");
  return layout.slots[static_cast<std::size_t>(found - program.storage.begin())];
}

}  // namespace

Boundary boundary_of_entry(const Graph& entry, const ir::Program& program,
                           const StorageLayout& layout) {
  Boundary out{ir::NodeMap<std::optional<Place>>(entry), {}};
  std::int64_t input = 0;
  for (const NodeId node : inputs(entry)) {
    const bool is_callers = storage_of(entry, node) == StorageClass::input;
    out.inputs[node] =
        is_callers ? Place{Region::input, input++} : slot_place(entry[node].name, program, layout);
  }
  std::int64_t output = 0;
  const std::vector<ir::ResultName> names = result_names(entry);
  for (const ir::Use& use : entry.operands(return_node(entry))) {
    const ir::ResultName& name = names[use.slot];
    const NodeId buffer = buffer_of(entry, use.def);
    if (name.commits)
      out.outcomes.push_back(
          {buffer, slot_place(name.name, program, layout), true, find_slot(entry, name.name)});
    else
      out.outcomes.push_back({buffer, {Region::output, output++}});
  }
  return out;
}

Boundary boundary_of_step(const Graph& graph, NodeId scan_node) {
  const Graph& body = graph[scan_node].bodies.front();
  const ir::Scan scan = scan_of(graph[scan_node].attributes);
  const auto results = result_buffers(graph, scan_node);
  const std::vector<NodeId> inputs = ir::inputs(body);
  Boundary out{ir::NodeMap<std::optional<Place>>(body), {}};

  for (std::size_t slot = 0; slot < inputs.size(); ++slot)
    out.inputs[inputs[slot]] = Place{Region::input, static_cast<std::int64_t>(slot)};
  for (const ir::Use& use : body.operands(return_node(body))) {
    Outcome outcome{buffer_of(body, use.def), {Region::output, use.slot}};
    if (use.slot < scan.carried) {
      outcome.replaces = true;
      outcome.old = inputs[scan.scanned + use.slot];
      if (!results[use.slot]) {
        outcome.place = {Region::arena, out.arena_bytes};
        out.arena_bytes += aligned(body[*outcome.old].type.bytes());
      }
      out.inputs[*outcome.old] = outcome.place;
    } else if (!results[use.slot]) {
      continue;
    }
    out.outcomes.push_back(outcome);
  }
  return out;
}

}  // namespace gradc::passes
