#include "passes/loop.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>

#include "ir/ops.h"
#include "passes/simplify_rules.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::NodeId;
using ir::Value;

namespace {

using Axes = std::vector<std::int64_t>;

/// The element of a sequence, if it is the same at every step; else nothing.
Value element_of(Value sequence) {
  ir::Type type = sequence.type();
  type.shape.erase(type.shape.begin());
  if (const auto number = splat_number(sequence)) return splat(sequence.graph(), type, *number);
  if (sequence.node().op != &op::broadcast) return {};
  Axes axes = sequence.attribute<Axes>("axes");
  if (std::ranges::count(axes, 0) > 0) return {};
  for (std::int64_t& axis : axes) --axis;
  const bool repeats = sequence.operand(0).type().elements() < type.elements();
  if (!repeats && std::ranges::is_sorted(axes)) return sequence.operand(0);
  return broadcast(sequence.operand(0), type.shape, axes);
}

/// The body of a loop written anew, and the operands of its scan.
class BodyWriter {
 public:
  explicit BodyWriter(const Loop& loop) : loop_(loop), became_(loop.body), state_(loop.body) {
    for (const NodeId node : nodes(loop.body)) names_.insert(loop.body[node].name);
    for (const Loop::Sequence& sequence : loop.sequences) state_[sequence.each] = State::given;
    for (const Loop::Carried& carried : loop.carried) state_[carried.now] = State::given;
    for (const Loop::Whole& whole : loop.wholes) state_[whole.inside] = State::given;
  }

  std::vector<Value> append_to(Graph& graph) {
    find_needed();
    ir::Scan scan = loop_.scan;
    take_sequences();
    scan.scanned = operands_.size();
    const std::vector<std::size_t> carried_numbers = take_carried();
    scan.carried = operands_.size() - scan.scanned;
    take_wholes();
    copy_needed();

    std::vector<NodeId> returned(scan.carried);
    std::vector<std::size_t> numbers = carried_numbers;  // of the results, in the scan
    for (std::size_t i = 0; i < carried_numbers.size(); ++i)
      returned[carried_numbers[i]] = became_[loop_.carried[i].next];
    for (const NodeId output : loop_.outputs) {
      const auto first = returned.begin() + static_cast<std::ptrdiff_t>(scan.carried);
      const auto same = std::find(first, returned.end(), became_[output]);
      numbers.push_back(static_cast<std::size_t>(same - returned.begin()));
      if (same == returned.end()) returned.push_back(became_[output]);
    }
    assert(!returned.empty() && "a loop has results");
    return_from_body(returned);
    const Value out = ir::scan(graph, operands_, to_attributes(scan), std::move(body_));
    std::vector<Value> results;
    for (const std::size_t number : numbers)
      results.push_back(returned.size() == 1 ? out
                                             : result(out, static_cast<std::int64_t>(number)));
    return results;
  }

 private:
  enum class State : char { unknown, given, needed_given, needed };

  bool is_needed(NodeId node) const { return state_[node] >= State::needed_given; }

  void need(NodeId node) {
    if (state_[node] == State::unknown) state_[node] = State::needed;
    if (state_[node] == State::given) state_[node] = State::needed_given;
  }

  void find_needed() {
    for (const Loop::Carried& carried : loop_.carried) need(carried.next);
    for (const NodeId output : loop_.outputs) need(output);
    for (std::size_t i = loop_.body.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (state_[node] != State::needed) continue;
      for (const ir::Use& use : loop_.body.operands(node)) need(use.def);
    }
  }

  void take_sequences() {
    std::map<NodeId, NodeId> taken;  // by operand
    for (const auto& [each, all] : loop_.sequences) {
      if (!is_needed(each)) continue;
      const auto [input, is_new] = taken.try_emplace(all.id());
      if (is_new) input->second = take(each, all, loop_.body[each].type);
      became_[each] = input->second;
    }
  }

  void take_wholes() {
    std::map<NodeId, NodeId> taken;
    const auto inside = [&](NodeId node, Value outside) {
      const auto [input, is_new] = taken.try_emplace(outside.id());
      if (is_new) input->second = take(node, outside, outside.type());
      return Value(body_, input->second);
    };
    for (const auto& [node, outside] : loop_.wholes) {
      if (!is_needed(node)) continue;
      if (const auto number = splat_number(outside))
        became_[node] = splat(body_, outside.type(), *number).id();
      else if (outside.node().op == &op::broadcast)  // of fewer numbers, or in another order
        became_[node] = broadcast(inside(node, outside.operand(0)), outside.shape(),
                                  outside.attribute<Axes>("axes"))
                            .id();
      else
        became_[node] = inside(node, outside).id();
    }
  }

  /// A new input of the body for an operand, named as the node that it is for.
  NodeId take(NodeId node, Value operand, ir::Type type) {
    std::string name = loop_.body[node].name;
    for (std::size_t i = operands_.size(); name.empty() || taken_names_.contains(name); ++i) {
      name = fmt::format("in.{}", i);
      if (names_.contains(name)) name.clear();
    }
    taken_names_.insert(name);
    operands_.push_back(operand);
    return input(body_, name, std::move(type), ir::StorageClass::input).id();
  }

  /// The number of each carried value in the scan. Two that start and go on alike are one.
  std::vector<std::size_t> take_carried() {
    std::vector<std::size_t> numbers;
    std::map<std::pair<NodeId, NodeId>, std::size_t> seen;
    for (const Loop::Carried& carried : loop_.carried) {
      const auto [same, is_new] =
          seen.try_emplace({carried.start.id(), carried.next}, numbers.size());
      if (is_new) {
        became_[carried.now] = take(carried.now, carried.start, carried.start.type());
        numbers.push_back(seen.size() - 1);
      } else {
        became_[carried.now] = became_[loop_.carried[same->second].now];
        numbers.push_back(numbers[same->second]);
      }
    }
    return numbers;
  }

  void copy_needed() {
    for (const NodeId node : nodes(loop_.body)) {
      if (state_[node] != State::needed) continue;
      ir::Node copy = loop_.body[node];
      assert(copy.op != &op::input && "what a step reads, it is given");
      std::vector<NodeId> operands;
      for (const ir::Use& use : loop_.body.operands(node)) operands.push_back(became_[use.def]);
      became_[node] = body_.append(std::move(copy), operands);
    }
  }

  void return_from_body(const std::vector<NodeId>& returned) {
    std::vector<Value> values;
    std::vector<std::string> names;
    for (const NodeId node : returned) {
      names.push_back(fmt::format("r{}", values.size()));
      values.emplace_back(body_, node);
    }
    return_(body_, values, std::move(names));
  }

  const Loop& loop_;
  Graph body_;
  ir::NodeMap<NodeId> became_;
  ir::NodeMap<State> state_;
  std::vector<Value> operands_;
  std::set<std::string> names_, taken_names_;
};

}  // namespace

Loop loop_of(Rebuild& out, NodeId node, Graph body) {
  const Graph& graph = out.from();
  Loop loop;
  loop.scan = scan_of(graph[node].attributes);
  loop.body = std::move(body);
  const std::vector<NodeId> inner = inputs(loop.body);
  const auto returned = loop.body.operands(return_node(loop.body));
  for (std::size_t slot = 0; slot < inner.size(); ++slot) {
    const Value operand = out[graph.operand(node, slot)];
    const std::size_t i = slot - loop.scan.scanned;
    const Value element = slot < loop.scan.scanned ? element_of(operand) : Value();
    if (element)
      loop.wholes.push_back({inner[slot], element});
    else if (slot < loop.scan.scanned)
      loop.sequences.push_back({inner[slot], operand});
    else if (i < loop.scan.carried)
      loop.carried.push_back({inner[slot], returned[i].def, operand});
    else
      loop.wholes.push_back({inner[slot], operand});
  }
  for (const ir::Use& use : returned.subspan(loop.scan.carried)) loop.outputs.push_back(use.def);
  return loop;
}

std::vector<Value> append_scan(Graph& graph, const Loop& loop) {
  return BodyWriter(loop).append_to(graph);
}

bool may_leave(const Loop& loop) { return !loop.scan.is_segments; }

bool has_loops(const Graph& graph) {
  return std::ranges::any_of(nodes(graph),
                             [&](NodeId node) { return graph[node].op == &op::scan; });
}

Graph rebuild_loops(const Graph& graph, PassFunction pass, Context& context,
                    const VisitLoop& visit) {
  if (!has_loops(graph)) return graph;
  return rebuild_results(graph, pass, context,
                         [&](Rebuild& out, NodeId node) -> std::optional<std::vector<Value>> {
                           if (graph[node].op != &op::scan) return std::nullopt;
                           auto bodies = out.pass_bodies(node, pass, context);
                           return visit(out, node, loop_of(out, node, std::move(bodies.front())));
                         });
}

std::vector<bool> results_read(const Graph& graph, NodeId node) {
  std::vector<bool> out(result_types(graph, node).size(), false);
  for (const ir::Use& use : graph.uses(node)) {
    const ir::Node& user = graph[use.user];
    const std::int64_t index =
        user.op == &op::result ? user.attributes.get<std::int64_t>("index") : 0;
    out[static_cast<std::size_t>(index)] = true;
  }
  return out;
}

}  // namespace gradc::passes
