/// Merge nodes that compute the same value (common subexpression elimination).
///
///   a = exp(x)              a = exp(x)
///   b = exp(x)       →      y = a + a
///   y = a + b
///
/// Every op is a function of its operands and attributes, random numbers included, so all of them
/// may merge. Inputs are the exception: two of them are two values.
#include <bit>
#include <map>
#include <string>
#include <tuple>

#include "ir/ops.h"
#include "ir/print.h"
#include "passes/rebuild.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

/// What makes two nodes compute the same: op, operands, type, and attributes and bodies as text.
using Signature = std::tuple<std::string_view, std::vector<NodeId>, std::string>;

void append_bits(std::string& out, const std::vector<double>& values) {
  // As bits, because 0 and −0 are equal but not the same, and because a large constant as text is
  // slow.
  for (const double value : values) {
    const auto bits = std::bit_cast<std::array<char, sizeof(double)>>(value);
    out.append(bits.data(), bits.size());
  }
}

Signature signature(const Graph& graph, NodeId node) {
  std::vector<NodeId> operands;
  for (const ir::Use& use : graph.operands(node)) operands.push_back(use.def);

  std::string text = to_string(graph[node].type);
  for (const auto& [name, value] : graph[node].attributes) {
    text += "; " + name + " = ";
    if (const auto* reals = std::get_if<std::vector<double>>(&value))
      append_bits(text, *reals);
    else
      text += to_string(value);
  }
  for (const Graph& body : graph[node].bodies) text += "; " + to_string(body);
  return {graph[node].op->name, std::move(operands), std::move(text)};
}

bool may_merge(const ir::Node& node) {
  return node.op != &ir::op::input && node.op != &ir::op::return_;
}

}  // namespace

Graph merge_common(const Graph& graph, Context& context) {
  std::map<Signature, NodeId> seen;
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    const Value copy = out.copy(node, out.pass_bodies(node, merge_common, context));
    if (!may_merge(copy.node())) return copy;
    const auto [entry, is_new] = seen.try_emplace(signature(out.graph(), copy.id()), copy.id());
    return Value{out.graph(), entry->second};
  });
}

}  // namespace gradc::passes
