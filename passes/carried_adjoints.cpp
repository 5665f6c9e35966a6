#include "passes/carried_adjoints.h"

#include "passes/differentiate.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Scan;
using ir::Value;

namespace {

/// The nodes of the step that change with inputs (by slot).
std::set<NodeId> changing_with(Graph& step, const std::vector<bool>& slots) {
  const std::vector<NodeId> in = inputs(step);
  std::vector<Value> wrt;
  for (std::size_t slot = 0; slot < slots.size(); ++slot)
    if (slots[slot]) wrt.emplace_back(step, in[slot]);
  return active_nodes(step, wrt, NodeId{0}, return_node(step));
}

/// What is wanted, and the carried values (by slot) that change with it.
std::vector<bool> changing(Graph& step, const Scan& scan, std::vector<bool> slots) {
  const std::vector<NodeId> returned = returned_by(step);
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    const std::set<NodeId> active = changing_with(step, slots);
    for (std::size_t i = 0; i < scan.carried; ++i) {
      if (slots[scan.scanned + i] || !active.contains(returned[i])) continue;
      slots[scan.scanned + i] = has_grown = true;
    }
  }
  return slots;
}

/// What has a gradient, and the carried values (by number) that it changes with.
std::vector<bool> mattering(Graph& step, const Scan& scan, std::vector<bool> results) {
  const std::vector<NodeId> in = inputs(step), returned = returned_by(step);
  std::vector<std::set<NodeId>> reached(scan.carried);
  for (std::size_t i = 0; i < scan.carried; ++i) {
    std::vector<bool> only(in.size());
    only[scan.scanned + i] = is_float(step[in[scan.scanned + i]].type.dtype);
    reached[i] = changing_with(step, only);
  }
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (std::size_t i = 0; i < scan.carried; ++i)
      for (std::size_t number = 0; number < results.size() && !results[i]; ++number)
        if (results[number] && reached[i].contains(returned[number])) results[i] = has_grown = true;
  }
  return results;
}

}  // namespace

std::vector<NodeId> returned_by(const Graph& step) {
  std::vector<NodeId> out;
  for (const ir::Use& use : step.operands(return_node(step))) out.push_back(use.def);
  return out;
}

std::vector<std::size_t> carried_with_adjoints(Graph& step, const Scan& scan,
                                               const std::vector<bool>& wanted,
                                               std::vector<bool> has_gradient) {
  const std::vector<bool> changes = changing(step, scan, wanted),
                          matters = mattering(step, scan, std::move(has_gradient));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < scan.carried; ++i)
    if (changes[scan.scanned + i] && matters[i]) out.push_back(i);
  return out;
}

}  // namespace gradc::passes
