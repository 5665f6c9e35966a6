/// Put every computation into a kernel: turn groups of nodes that one loop nest can compute into
/// `fused` nodes.
///
///   a = mul(x, y)                a, s = fused(x, y) {
///   b = exp(a)            →        a = mul(x, y)
///   s = sum(b) {axes=[1]}          s = sum(exp(a)) {axes=[1]}
///   return a, s                    return a, s
///                                }
///                                return a, s
///
/// Afterwards every node is an input, a tensor of constants, a `reshape` (a view), a `fused` node,
/// a `result` of one, or `return`. A `fused` node with several results is read through one `result`
/// node each.
///
/// What may become one kernel is the business of ir/compose.h, what pays is kernel_cost.h's, and
/// groups.h keeps the graph between kernels acyclic. At last recompute.h says which kernels compute
/// again what others have computed.
#include "ir/ops.h"
#include "passes/fused_body.h"
#include "passes/grouping.h"
#include "passes/own_copies.h"
#include "passes/recompute.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;

namespace {

/// `kernels` are those of the groups.
Graph build(const Graph& graph, const Groups& groups, const std::vector<KernelNodes>& kernels,
            Context& context) {
  Rebuild out(graph);
  for (const GroupId group : groups.in_order()) {
    const std::vector<NodeId>& members = groups.members(group);
    const KernelNodes& kernel = kernels[index(group)];
    out.graph().location = graph[members.back()].location;
    if (!is_computed(graph[members[0]]))
      out.define(members[0], out.copy(members[0]));
    else if (!kernel.results.empty())
      append_fused(out, without_copies(fused_body(graph, kernel), context));
  }
  return out.finish();
}

/// Copies that nobody took into a kernel would be computed once for every user.
bool has_spare_copies(const Graph& graph, const Groups& groups) {
  for (const GroupId group : groups.in_order()) {
    const std::vector<NodeId>& members = groups.members(group);
    if (members.size() == 1 && is_data_movement(graph, members[0])) return true;
  }
  return false;
}

}  // namespace

Graph fuse(const Graph& graph, Context& context) {
  const Graph copied = with_own_copies(graph, !context.optimize, context);
  GroupKernels facts(copied);
  const Groups groups = context.optimize ? group(copied, facts) : group_constants(copied, facts);
  const std::vector<KernelNodes> kernels =
      context.optimize ? recompute(copied, groups, facts) : kernels_of_groups(copied, groups);
  Graph out = build(copied, groups, kernels, context);
  return has_spare_copies(copied, groups) ? merge_common(out, context) : out;
}

}  // namespace gradc::passes
