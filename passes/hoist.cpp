/// Move out of a loop what all steps can do at once.
///
///   hs, ys, du = scan(x, h0, 0, w, u, v) {      xw = contract(x, w) for all steps
///     h' = tanh(x @ w + h @ u)                  hs = scan(xw, h0, u) {
///     y  = h' @ v                           →     h' = tanh(xw + h @ u)
///     s' = s + h' ⊗ x                           }
///     h, s, ys = h', s', y                      ys = contract(hs, v) for all steps
///   }                                           s  = contract(hs, x), summed over steps, too
///
/// What no step changes is computed once. Of what no carried value changes, products and reductions
/// are computed before the loop, with what they read. What no carried value depends on is computed
/// after it, if there is a product or a reduction in it: the loop returns what that reads. A
/// carried value that only adds is a sum over the steps. Elementwise work stays in the loop, where
/// it is fused with the rest. (hoist_plan.h says what goes where; ir/steps.h how an op is computed
/// for all steps at once.)
#include <algorithm>

#include "ir/ops.h"
#include "passes/hoist_plan.h"

namespace gradc::passes {

using ir::Graph;
using ir::NodeId;
using ir::OfSteps;
using ir::Value;

namespace {

class Hoister {
 public:
  Hoister(Graph& graph, Loop loop)
      : graph_(graph), loop_(std::move(loop)), plan_(plan_hoist(loop_)), outside_(loop_.body) {
    for (const Loop::Sequence& sequence : loop_.sequences)
      outside_[sequence.each] = {sequence.all, true};
    for (const Loop::Whole& whole : loop_.wholes) outside_[whole.inside] = {whole.outside, false};
  }

  std::vector<Value> run() {
    const std::vector<Value> carried = results_of_rest();
    std::vector<Value> out;
    for (std::size_t i = 0; i < loop_.carried.size(); ++i)
      out.push_back(plan_.sums[i] ? total(*plan_.sums[i], carried[i]) : carried[i]);
    for (const NodeId node : loop_.outputs)
      out.push_back(with_steps(outside(node), loop_.scan.steps));
    return out;
  }

 private:
  /// What stays a loop. Returns the last carried values: of a sum, what the loop has added to it.
  std::vector<Value> results_of_rest() {
    Loop rest = loop_;
    rest.carried.clear();
    rest.outputs.clear();
    std::vector<Value> last;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < loop_.carried.size(); ++i) {
      Loop::Carried carried = loop_.carried[i];
      last.push_back(carried.start);
      if (const auto& sum = plan_.sums[i]; sum && !sum->leaving.empty()) {
        if (sum->staying.empty()) continue;
        carried.next = next_of(*sum, Value(rest.body, carried.now)).id();
      }
      rest.carried.push_back(carried);
      numbers.push_back(i);
    }
    for (const NodeId node : nodes(loop_.body))
      if (plan_.is_stacked[node]) rest.outputs.push_back(node);
    if (rest.carried.empty() && rest.outputs.empty()) return last;

    read_from_outside(rest);
    graph_.location = location_;
    const std::vector<Value> results = append_scan(graph_, rest);
    for (std::size_t i = 0; i < numbers.size(); ++i) last[numbers[i]] = results[i];
    for (std::size_t i = 0; i < rest.outputs.size(); ++i)
      outside_[rest.outputs[i]] = {results[numbers.size() + i], true};
    return last;
  }

  /// The terms that stay in the loop, added to the sum so far.
  static Value next_of(const Sum& sum, Value now) {
    for (const auto& [node, sign] : sum.staying) {
      const Value term{now.graph(), node};
      now = sign > 0 ? now + term : now - term;
    }
    return now;
  }

  /// What is worth it, of what the steps need.
  void read_from_outside(Loop& rest) {
    ir::NodeMap<char> is_needed(rest.body);
    for (const Loop::Carried& carried : rest.carried) is_needed[carried.next] = true;
    for (const NodeId output : rest.outputs) is_needed[output] = true;
    for (std::size_t i = rest.body.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!is_needed[node]) continue;
      if (i >= loop_.body.size() || !plan_.is_read[node]) {
        for (const ir::Use& use : rest.body.operands(node)) is_needed[use.def] = true;
        continue;
      }
      const OfSteps value = outside(node);
      if (value.has_steps)
        rest.sequences.push_back({node, value.value});
      else
        rest.wholes.push_back({node, value.value});
    }
  }

  /// The value of a node for all steps: early, stacked or late.
  OfSteps outside(NodeId node) {
    if (outside_[node].value) return outside_[node];
    std::vector<OfSteps> operands = operands_outside(node);
    graph_.location = loop_.body[node].location;
    const bool varies = plan_.varies[node];
    outside_[node] = {
        varies ? steps_rule(op_of(node))(in_body(node), operands) : same_outside(node, operands),
        varies};
    return outside_[node];
  }

  /// A node that no step changes.
  Value same_outside(NodeId node, const std::vector<OfSteps>& operands) {
    ir::Node copy = loop_.body[node];
    copy.name.clear();
    std::vector<NodeId> ids;
    for (const OfSteps& operand : operands) ids.push_back(operand.value.id());
    return {graph_, graph_.append(std::move(copy), ids)};
  }

  /// The sum over the steps, and what it started with.
  Value total(const Sum& sum, Value start) {
    Value out = start;
    for (const auto& [node, sign] : sum.leaving) {
      const Value term = total(node);
      out = sign > 0 ? out + term : out - term;
    }
    return out;
  }

  /// The sum of a node over the steps: of a linear op, the op of sums.
  Value total(NodeId node) {
    if (!plan_.varies[node]) return outside(node).value * static_cast<double>(loop_.scan.steps);
    if (plan_.is_stacked[node] || !plan_.is_told[node]) return sum(outside(node).value, {0});

    std::vector<bool> varies;
    for (const ir::Use& use : loop_.body.operands(node)) varies.push_back(plan_.varies[use.def]);
    if (const auto group = linear_group(loop_.body[node], varies))
      return total_of_linear(node, *group);
    graph_.location = loop_.body[node].location;
    if (op_of(node).sum_of_steps)
      return op_of(node).sum_of_steps(in_body(node), operands_outside(node));
    return sum(outside(node).value, {0});
  }

  Value total_of_linear(NodeId node, const std::vector<std::size_t>& group) {
    std::vector<Value> operands;
    for (const ir::Use& use : loop_.body.operands(node)) {
      const bool is_summed = std::ranges::count(group, std::size_t{use.slot}) > 0;
      operands.push_back(is_summed ? total(use.def) : outside(use.def).value);
    }
    return append(graph_, op_of(node), operands, loop_.body[node].attributes);
  }

  std::vector<OfSteps> operands_outside(NodeId node) {
    std::vector<OfSteps> out;
    for (const ir::Use& use : loop_.body.operands(node)) out.push_back(outside(use.def));
    return out;
  }

  const ir::Op& op_of(NodeId node) const { return *loop_.body[node].op; }
  Value in_body(NodeId node) { return {loop_.body, node}; }

  Graph& graph_;
  const ir::Location location_ = graph_.location;
  Loop loop_;
  const HoistPlan plan_;
  ir::NodeMap<OfSteps> outside_;
};

}  // namespace

Graph hoist(const Graph& graph, Context& context) {
  if (!has_loops(graph)) return graph;
  const Graph out = rebuild_loops(graph, hoist, context, [](Rebuild& rebuilt, NodeId, Loop loop) {
    return Hoister(rebuilt.graph(), std::move(loop)).run();
  });
  // Outside, products meet the transposes that made sequences of tensors, and sums meet zeros.
  return prune(merge_common(simplify(out, context), context), context);
}

}  // namespace gradc::passes
