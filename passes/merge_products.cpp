/// In a loop, make one product of several that multiply the same by different weights.
///
///   i = contract(h, wi) {"ab,bc->ac"}           w = concat(wi, wf) {axis = 1}
///   f = contract(h, wf) {"ab,bc->ac"}     →     g = contract(h, w) {"ab,bc->ac"}
///                                               i, f = slices of g
///
/// The gates of a recurrent layer are such products. A wide product keeps the machine busier than
/// narrow ones, and reads `h` once; slices cost nothing in the kernels that read them. The weights
/// are laid side by side once, before the loop (`hoist`). Gradients follow: one product for `h`,
/// one for all weights.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "ir/ops.h"
#include "passes/product.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

/// In fewer steps, laying weights side by side is not paid back.
constexpr std::int64_t enough_steps = 4;

/// A product of something that steps change with weights that they do not.
struct Gate {
  NodeId product, weights;
  std::size_t weights_axis, result_axis;  ///< along which it can be widened
};

/// Products of one key can be one product.
using Key = std::tuple<NodeId, std::size_t, std::string, ir::Shape, bool>;

/// The spec with its letters in the order of the alphabet, so that equal ones are equal.
std::string renamed(const std::string& spec) {
  std::map<char, char> names;
  std::string out;
  for (const char c : spec) {
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (is_letter) names.try_emplace(c, static_cast<char>('a' + names.size()));
    out += is_letter ? names[c] : c;
  }
  return out;
}

class ProductMerger {
 public:
  ProductMerger(const Graph& body, const ir::Scan& scan)
      : body_(body), varies_(body), feeds_(body), group_(body, nullptr) {
    find_dependences(scan);
    for (const NodeId node : nodes(body)) find_gate(node);
    for (auto& [_, gates] : groups_) {
      keep_those_ready(gates);
      if (gates.size() > 1)
        for (const Gate& gate : gates) group_[gate.product] = &gates;
    }
  }

  Graph run() {
    return rebuild(body_, [&](Rebuild& out, NodeId node) {
      return group_[node] ? part(out, node, *group_[node]) : out.copy(node);
    });
  }

 private:
  using Group = std::vector<Gate>;

  void find_dependences(const ir::Scan& scan) {
    const std::vector<NodeId> inputs = ir::inputs(body_);
    for (std::size_t slot = 0; slot < scan.scanned + scan.carried; ++slot)
      varies_[inputs[slot]] = true;
    for (const NodeId node : nodes(body_))
      for (const ir::Use& use : body_.operands(node))
        if (varies_[use.def]) varies_[node] = true;
    const auto returned = body_.operands(return_node(body_));
    for (std::size_t i = 0; i < scan.carried; ++i) feeds_[returned[i].def] = true;
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!feeds_[node]) continue;
      for (const ir::Use& use : body_.operands(node)) feeds_[use.def] = true;
    }
  }

  void find_gate(NodeId node) {
    const auto letters = product_letters(body_[node]);
    if (!letters) return;
    const bool is_second = varies_[body_.operand(node, 0)];
    const std::size_t slot = is_second ? 1 : 0;
    const NodeId weights = body_.operand(node, slot), other = body_.operand(node, 1 - slot);
    if (varies_[weights] || !varies_[other]) return;

    const std::string& of_weights = is_second ? letters->b : letters->a;
    const std::size_t own = of_weights.find_last_not_of(is_second ? letters->a : letters->b);
    if (own == std::string::npos) return;
    ir::Shape shape = body_[weights].type.shape;
    shape[own] = 0;  // may differ
    // A product that no carried value depends on leaves the loop, and must be free to do so.
    groups_[{other, slot, renamed(to_spec(*letters)), shape, feeds_[node] != 0}].push_back(
        {node, weights, own, letters->result.find(of_weights[own])});
  }

  /// The whole product is computed where the first one was: the weights of all must be there.
  static void keep_those_ready(Group& gates) {
    const NodeId first = gates.front().product;
    std::erase_if(gates, [&](const Gate& gate) { return gate.weights > first; });
  }

  /// The part of the whole product that `node` was.
  Value part(Rebuild& out, NodeId node, const Group& gates) {
    const Value all = whole(out, gates);
    ir::Shape sizes = all.shape();
    std::vector<std::int64_t> starts(sizes.size(), 0);
    const std::vector<std::int64_t> steps(sizes.size(), 1);
    const std::size_t axis = gates.front().result_axis;
    for (const Gate& gate : gates) {
      sizes[axis] = body_[gate.product].type.shape[axis];
      if (gate.product == node) break;
      starts[axis] += sizes[axis];
    }
    return slice(all, starts, sizes, steps);
  }

  Value whole(Rebuild& out, const Group& gates) {
    const auto [known, is_new] = wholes_.try_emplace(&gates);
    if (!is_new) return known->second;
    std::vector<Value> weights;
    for (const Gate& gate : gates) weights.push_back(out[gate.weights]);
    const NodeId first = gates.front().product;
    const bool is_second = body_.operand(first, 1) == gates.front().weights;
    const Value wide = concat(weights, static_cast<std::int64_t>(gates.front().weights_axis));
    const Value other = out[body_.operand(first, is_second ? 0 : 1)];
    const auto& spec = body_[first].attributes.get<std::string>("spec");
    return known->second = is_second ? contract(other, wide, spec) : contract(wide, other, spec);
  }

  const Graph& body_;
  ir::NodeMap<char> varies_;  ///< with the step
  ir::NodeMap<char> feeds_;   ///< a carried value depends on it
  std::map<Key, Group> groups_;
  ir::NodeMap<const Group*> group_;
  std::map<const Group*, Value> wholes_;  ///< only looked up, so that addresses order nothing
};

}  // namespace

Graph merge_products(const Graph& graph, Context& context) {
  return rebuild(graph, [&](Rebuild& out, NodeId node) {
    std::vector<Graph> bodies = out.pass_bodies(node, merge_products, context);
    if (graph[node].op == &op::scan) {
      const ir::Scan scan = scan_of(graph[node].attributes);
      if (scan.steps >= enough_steps) bodies[0] = ProductMerger(bodies[0], scan).run();
    }
    return out.copy(node, std::move(bodies));
  });
}

}  // namespace gradc::passes
