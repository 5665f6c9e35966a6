#include "passes/hoist_plan.h"

#include <algorithm>

#include "ir/ops.h"
#include "passes/own_copies.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Graph;
using ir::Kernel;
using ir::NodeId;
using ir::NodeMap;

namespace {

class Planner {
 public:
  explicit Planner(const Loop& loop)
      : loop_(loop),
        body_(loop.body),
        is_of_sum_(body_),
        turns_(body_),
        feeds_(body_),
        moves_(body_),
        reduces_(body_),
        is_output_(body_),
        is_summed_(body_),
        plan_{.varies = NodeMap<char>(body_),
              .is_early = NodeMap<char>(body_),
              .is_late = NodeMap<char>(body_),
              .is_read = NodeMap<char>(body_),
              .is_stacked = NodeMap<char>(body_),
              .is_told = NodeMap<char>(body_),
              .sums = {}} {}

  HoistPlan run() {
    find_sums();
    look_at_kernels();
    find_dependences();
    find_early();
    find_summed();
    find_late();
    choose_stacked();
    divide_sums();
    choose_read();
    return std::move(plan_);
  }

 private:
  // ---- Sums ----------------------------------------------------------------------------------

  void find_sums() {
    for (const Loop::Carried& carried : loop_.carried) {
      auto terms = terms_of(carried);
      if (terms)
        plan_.sums.emplace_back(Sum{.leaving = {}, .staying = std::move(*terms)});
      else
        plan_.sums.emplace_back();
    }
  }

  /// What is added to a carried value, if nothing else is done with it.
  std::optional<std::vector<Sum::Term>> terms_of(const Loop::Carried& carried) {
    std::vector<NodeId> chain = {carried.now};
    std::vector<Sum::Term> pending;
    while (chain.back() != carried.next) {
      if (body_.uses(chain.back()).size() != 1) return std::nullopt;
      const ir::Use use = body_.uses(chain.back()).front();
      const std::vector<int>& signs = body_[use.user].op->signs;
      if (signs.empty() || signs[use.slot] != 1) return std::nullopt;
      for (const ir::Use& other : body_.operands(use.user))
        if (other.slot != use.slot) pending.push_back({other.def, signs[other.slot]});
      chain.push_back(use.user);
    }
    if (body_.uses(carried.next).size() != 1) return std::nullopt;
    for (const NodeId node : chain) is_of_sum_[node] = true;
    return flattened(std::move(pending));
  }

  /// Terms that are sums themselves, and nothing else, as the terms of those.
  std::vector<Sum::Term> flattened(std::vector<Sum::Term> pending) {
    std::vector<Sum::Term> out;
    while (!pending.empty()) {
      const Sum::Term term = pending.back();
      pending.pop_back();
      const std::vector<int>& signs = body_[term.node].op->signs;
      if (signs.empty() || body_.uses(term.node).size() != 1) {
        out.push_back(term);
        continue;
      }
      is_of_sum_[term.node] = true;
      for (const ir::Use& use : body_.operands(term.node))
        pending.push_back({use.def, term.sign * signs[use.slot]});
    }
    return out;
  }

  // ---- What nodes cost, and what depends on what ---------------------------------------------

  void look_at_kernels() {
    for (const NodeId node : nodes(body_)) {
      moves_[node] = body_[node].op == &op::reshape || is_data_movement(body_, node);
      if (!body_[node].op->kernel) continue;
      const Kernel kernel = kernel_of(body_, node);
      reduces_[node] = kernel.parallel < kernel.extents.size() || kernel.outputs[0].accumulate;
    }
    for (const NodeId node : loop_.outputs) is_output_[node] = true;
  }

  void find_dependences() {
    for (const Loop::Sequence& sequence : loop_.sequences) plan_.varies[sequence.each] = true;
    for (std::size_t i = 0; i < loop_.carried.size(); ++i) {
      if (plan_.sums[i]) continue;
      turns_[loop_.carried[i].now] = plan_.varies[loop_.carried[i].now] = true;
      feeds_[loop_.carried[i].next] = true;
    }
    for (const NodeId node : nodes(body_))
      for (const ir::Use& use : body_.operands(node)) {
        if (plan_.varies[use.def]) plan_.varies[node] = true;
        if (turns_[use.def]) turns_[node] = true;
      }
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!feeds_[node]) continue;
      for (const ir::Use& use : body_.operands(node)) feeds_[use.def] = true;
    }
  }

  // ---- Before the loop -----------------------------------------------------------------------

  void find_early() {
    const bool steps_may_leave = may_leave(loop_);
    for (const NodeId node : nodes(body_)) {
      if (turns_[node] || is_of_sum_[node] || body_[node].op == &op::return_) continue;
      const bool can_vary = body_[node].op == &op::input || steps_rule(*body_[node].op);
      plan_.is_early[node] = (!plan_.varies[node] || (can_vary && steps_may_leave)) &&
                             std::ranges::all_of(body_.operands(node), [&](const ir::Use& use) {
                               return plan_.is_early[use.def];
                             });
    }
  }

  /// What is worth being computed before the loop although only the steps read it: what takes more
  /// than one pass over its elements; of what no step changes, everything that is not larger than
  /// what it reads. (What only moves data is part of the kernel that reads it.) What is there for
  /// all steps anyway, as an output, is read, too.
  void choose_read() {
    NodeMap<std::int64_t> elements_read(body_);  // by a kernel that computes the node itself
    for (const NodeId node : nodes(body_)) {
      const ir::Node& what = body_[node];
      for (const ir::Use& use : body_.operands(node)) elements_read[node] += elements_read[use.def];
      const bool is_place = what.op == &op::input || what.op == &op::constant;
      if (plan_.is_early[node] && !is_place && !moves_[node] && !has_several_results(node))
        plan_.is_read[node] = plan_.varies[node]
                                  ? reduces_[node] || is_output_[node]
                                  : reduces_[node] || !what.op->kernel || is_random(node) ||
                                        what.type.elements() <= elements_read[node];
      if (what.op == &op::input || plan_.is_read[node]) elements_read[node] = what.type.elements();
    }
  }

  bool has_several_results(NodeId node) const {
    return !body_[node].bodies.empty() && result_types(body_, node).size() > 1;
  }

  /// A random number costs more than reading one.
  bool is_random(NodeId node) const {
    const std::vector<ir::Instruction> body = kernel_of(body_, node).body;
    return std::ranges::count(body, ir::ScalarOp::random, &ir::Instruction::op) > 0;
  }

  // ---- After the loop ------------------------------------------------------------------------

  /// Nodes of which the sum over the steps is asked for, and those among them of which it is less
  /// work than of any tensor: products, reductions, what repeats numbers, and what is linear in
  /// such.
  void find_summed() {
    for (const auto& sum : plan_.sums)
      for (std::size_t i = 0; sum && i < sum->staying.size(); ++i)
        is_summed_[sum->staying[i].node] = true;
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!is_summed_[node] || !is_linear(node)) continue;
      for (const ir::Use& use : body_.operands(node))
        if (plan_.varies[use.def]) is_summed_[use.def] = true;
    }
    for (const NodeId node : nodes(body_)) {
      if (!is_summed_[node]) continue;
      const auto is_told = [&](const ir::Use& use) { return plan_.is_told[use.def]; };
      plan_.is_told[node] =
          is_product_or_reduction(node) ||
          (is_linear(node) &&
           (is_larger_than_operands(node) || std::ranges::any_of(body_.operands(node), is_told)));
    }
  }

  bool is_product_or_reduction(NodeId node) const {
    return reduces_[node] || body_[node].op->sum_of_steps;
  }

  bool is_linear(NodeId node) const {
    std::vector<bool> varies;
    for (const ir::Use& use : body_.operands(node)) varies.push_back(plan_.varies[use.def]);
    return linear_group(body_[node], varies).has_value();
  }

  bool is_larger_than_operands(NodeId node) const {
    std::int64_t elements = 0;
    for (const ir::Use& use : body_.operands(node)) elements += body_[use.def].type.elements();
    return body_[node].type.elements() > elements;
  }

  /// What the loop itself does not need, if it is worth computing it for all steps at once or comes
  /// behind such. What only sums need leaves if its sum can be told without all of its steps.
  void find_late() {
    if (!may_leave(loop_)) return;
    NodeMap<char> can_leave(body_), reaches_output = is_output_;
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (is_of_sum_[node] || body_[node].op == &op::return_) continue;
      can_leave[node] = turns_[node] && !feeds_[node] && steps_rule(*body_[node].op);
      for (const ir::Use& use : body_.uses(node)) {
        const bool is_end = is_of_sum_[use.user] || body_[use.user].op == &op::return_;
        if (!is_end && !can_leave[use.user]) can_leave[node] = false;
        if (!is_end && reaches_output[use.user] && !is_summed_[node]) reaches_output[node] = true;
      }
    }
    for (const NodeId node : nodes(body_)) {
      if (!can_leave[node]) continue;
      const auto is_late = [&](const ir::Use& use) { return plan_.is_late[use.def]; };
      // A product that is larger than its factors is kept as those.
      const bool is_worth_it =
          reduces_[node] || (is_product_or_reduction(node) && is_larger_than_operands(node));
      plan_.is_late[node] = (is_summed_[node] && is_product_or_reduction(node)) ||
                            (reaches_output[node] && is_worth_it) ||
                            std::ranges::any_of(body_.operands(node), is_late);
    }
  }

  /// What late nodes read of the steps; through data movement, unless that makes less of it.
  void choose_stacked() {
    NodeMap<char> is_wanted(body_);
    for (const NodeId node : loop_.outputs)
      if (!plan_.is_early[node] && !plan_.is_late[node]) plan_.is_stacked[node] = true;
    for (std::size_t i = body_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!is_wanted[node] && !plan_.is_late[node]) continue;
      if (plan_.is_early[node]) continue;
      if (!plan_.is_late[node] && reads_less(node)) {
        plan_.is_stacked[node] = true;
        continue;
      }
      plan_.is_late[node] = true;
      for (const ir::Use& use : body_.operands(node)) is_wanted[use.def] = true;
    }
  }

  /// Are fewer elements stacked with the node than with what it moves?
  bool reads_less(NodeId node) const {
    if (plan_.is_stacked[node] || !moves_[node] || body_.operands(node).empty()) return true;
    if (!steps_rule(*body_[node].op)) return true;
    const NodeId source = body_.operand(node, 0);
    return body_[source].type.bytes() > body_[node].type.bytes() && !is_output_[source];
  }

  void divide_sums() {
    for (auto& sum : plan_.sums) {
      if (!sum) continue;
      const auto leaves = [&](const Sum::Term& term) {
        return plan_.is_early[term.node] || plan_.is_late[term.node] || plan_.is_stacked[term.node];
      };
      const auto staying = std::ranges::stable_partition(sum->staying, leaves);
      sum->leaving.assign(sum->staying.begin(), staying.begin());
      sum->staying.erase(sum->staying.begin(), staying.begin());
    }
  }

  const Loop& loop_;
  const Graph& body_;
  NodeMap<char> is_of_sum_;  ///< only adds to a carried value
  NodeMap<char> turns_;      ///< depends on a carried value that is no sum
  NodeMap<char> feeds_;      ///< such a carried value depends on it
  NodeMap<char> moves_;      ///< only says where elements come from
  NodeMap<char> reduces_;    ///< reads more elements than it writes: products, reductions
  NodeMap<char> is_output_;
  NodeMap<char> is_summed_;
  HoistPlan plan_;
};

}  // namespace

HoistPlan plan_hoist(const Loop& loop) { return Planner(loop).run(); }

}  // namespace gradc::passes
