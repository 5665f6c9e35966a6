/// Replace composite ops by their definitions, until none is left.
///
///   p = softmax(x) {axes = [1]}     →     m = reduce_max(x) {axes = [1]}
///                                         e = exp(x - broadcast(m))
///                                         p = e / broadcast(sum(e) {axes = [1]})
#include <algorithm>

#include "ir/op.h"
#include "passes/rebuild.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;

namespace {

/// Definitions may use composite ops, but not in circles: more levels than this is a circle.
constexpr int most_levels = 32;

bool has_composites(const Graph& graph) {
  return std::ranges::any_of(nodes(graph),
                             [&](NodeId n) { return static_cast<bool>(graph[n].op->expand); });
}

Graph expand_once(const Graph& graph, Context& context) {
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    const ir::Value copy = out.copy(node, out.pass_bodies(node, expand, context));
    return copy.node().op->expand ? copy.node().op->expand(copy) : copy;
  });
}

}  // namespace

Graph expand(const Graph& graph, Context& context) {
  Graph out = expand_once(graph, context);
  for (int level = 0; has_composites(out); ++level) {
    assert(level < most_levels && "the definition of a composite op does not contain itself");
    out = expand_once(out, context);
  }
  return out;
}

}  // namespace gradc::passes
