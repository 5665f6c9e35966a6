/// Fold constants and apply algebraic identities, until none fits.
///
///   a = mul(x, constant(1.0))          y = neg(x)
///   b = reshape(a) {shape = [4]}   →
///   c = reshape(b) {shape = [2, 2]}
///   y = neg(c)
///
/// Identities keep every finite value as it is; where one changes the rounding or the sign of a
/// zero, it says so.
#include "passes/rebuild.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

/// What the first fitting rule makes of a node; empty if none fits.
Value apply_first(std::span<const Rule> rules, Value node) {
  for (const Rule& rule : rules) {
    if (rule.op && rule.op != node.node().op) continue;
    if (const Value simpler = rule.apply(node)) return simpler;
  }
  return {};
}

Value apply_any(Value node) {
  if (const Value simpler = apply_first(arithmetic_rules(), node)) return simpler;
  if (const Value simpler = apply_first(shape_rules(), node)) return simpler;
  if (const Value simpler = apply_first(window_rules(), node)) return simpler;
  return apply_first(constant_rules(), node);
}

/// One walk over the graph. Nodes that rules append are looked at in the next one.
Graph simplify_once(const Graph& graph, bool& has_changed) {
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    Value value = out.copy(node);
    while (const Value simpler = apply_any(value)) {
      value = simpler;
      has_changed = true;
    }
    return value;
  });
}

Graph simplify_bodies(const Graph& graph, Context& context) {
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    return out.copy(node, out.pass_bodies(node, simplify, context));
  });
}

}  // namespace

Graph simplify(const Graph& graph, Context& context) {
  Graph out = simplify_bodies(graph, context);
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    out = simplify_once(out, has_changed);
  }
  return out;
}

}  // namespace gradc::passes
