/// The gradient of a scan: a scan that runs the other way, over values that the first one saved.
///
///   h = scan(x, h0, u) {             h, saved = scan(x, h0, u) {
///     h = x + u * h             →      h, saved = x + u * h, h
///   }                                }
///                                    dh0, du, dx = reverse scan(saved, dh, 0, u) {
///                                      dh, du, dx = u * dh, du + dh * saved, dh
///                                    }
///
/// One step and its reverse sweep are written into one graph, which is then cut in two. What the
/// sweep reads of the step is
///   read again    if it is a scanned or whole operand,
///   computed anew if it is a constant or data movement, which costs nothing in a kernel, or where
///                 saving less pays for it (origins.h): 1 - z of z, which is saved as well, and
///                 tanh(c) if saving it would take much memory,
///   saved         otherwise: carried values as they were before the step, and all computed ones.
/// Of a scan over segments (checkpoint.cpp) everything is computed anew.
/// What only the sweep asks for of a scan inside the body (extensions) belongs to the step.
///
/// That is more than a formula over values: it needs the sweep and `rebuild`, which are passes. So
/// it is the one gradient that is not in its op's file.
#include <algorithm>

#include "ir/ops.h"
#include "passes/carried_adjoints.h"
#include "passes/differentiate.h"
#include "passes/kernel_cost.h"
#include "passes/origins.h"
#include "passes/own_copies.h"
#include "passes/rebuild.h"

namespace gradc::passes {

namespace op = ir::op;
using ir::Gradients;
using ir::Graph;
using ir::NodeId;
using ir::Scan;
using ir::Value;

namespace {

/// A value of all steps that takes more lies in memory further away, of which a byte costs more.
constexpr std::int64_t near_bytes = 1 << 20;
constexpr double cost_of_far_byte = 4;

Value result_of(Value node, std::size_t number) {
  const bool is_only = result_types(node.graph(), node.id()).size() == 1;
  return is_only ? node : result(node, static_cast<std::int64_t>(number));
}

class ScanGradient {
 public:
  ScanGradient(Value y, const Gradients& dys, const std::vector<bool>& wanted,
               const Gradients& sums)
      : y_(y),
        dys_(dys),
        wanted_(wanted),
        sums_so_far_(sums),
        scan_(scan_of(y.attributes())),
        joint_(y.node().bodies.front()),
        body_end_(return_node(joint_)),
        inputs_(inputs(joint_)),
        returned_(returned_by(joint_)),
        seeds_(returned_.size()),
        adjoints_(inputs_.size()),
        sums_(inputs_.size()) {}

  Gradients run(Extensions& extensions, Context& context) {
    std::vector<bool> has_gradient(returned_.size());
    for (std::size_t number = 0; number < returned_.size(); ++number)
      has_gradient[number] = static_cast<bool>(dys_[number]);
    carried_ = carried_with_adjoints(joint_, scan_, wanted_, std::move(has_gradient));
    sweep(context);
    choose_returned();
    Gradients out = sums_so_far_;
    if (returned_slots_.empty()) return out;
    choose_saved();
    const Value forward = saving(extensions);
    const Value backward = reversed(forward);
    for (std::size_t number = 0; number < returned_slots_.size(); ++number)
      out[returned_slots_[number]] = result_of(backward, number);
    return out;
  }

 private:
  bool is_scanned(std::size_t slot) const { return slot < scan_.scanned; }
  bool is_whole(std::size_t slot) const { return slot >= scan_.scanned + scan_.carried; }
  bool is_carried(std::size_t slot) const { return !is_scanned(slot) && !is_whole(slot); }
  /// A value that the step does not compute. It reads like storage, because inputs of the caller
  /// are what `rebuild` keeps although nobody uses them.
  NodeId given(const ir::Type& type) {
    const std::string name = fmt::format("given{}", joint_.size());
    return input(joint_, name, type, ir::StorageClass::state).id();
  }

  /// Append to the step what computes the adjoints of its inputs.
  void sweep(Context& context) {
    std::vector<Value> ys, dys, wrt;
    for (std::size_t number = 0; number < returned_.size(); ++number) {
      const bool is_seeded =
          number < scan_.carried ? std::ranges::count(carried_, number) > 0 : bool(dys_[number]);
      if (!is_seeded) continue;
      seeds_[number] = given(ir::Type(joint_[returned_[number]].type));
      ys.emplace_back(joint_, returned_[number]);
      dys.emplace_back(joint_, *seeds_[number]);
    }
    std::vector<std::size_t> slots;
    for (std::size_t slot = 0; slot < inputs_.size(); ++slot)
      if (!is_carried(slot) && wanted_[slot]) slots.push_back(slot);
    for (const std::size_t i : carried_) slots.push_back(scan_.scanned + i);
    for (const std::size_t slot : slots) wrt.emplace_back(joint_, inputs_[slot]);
    // The scan in a segment goes on with the sums of the segments before, step by step: so the sums
    // do not depend on the segments' size.
    for (const std::size_t slot : slots) {
      if (!scan_.is_segments || !is_whole(slot)) continue;
      sums_[slot] = given(ir::Type(joint_[inputs_[slot]].type));
      ys.emplace_back(joint_, inputs_[slot]);
      dys.emplace_back(joint_, *sums_[slot]);
    }

    const Gradients found = adjoints_of(wrt, ys, dys, inner_extensions_, context);
    for (std::size_t i = 0; i < slots.size(); ++i) adjoints_[slots[i]] = found[i];
  }

  /// What the reverse step returns: carried adjoints, sums over the steps, outputs.
  void choose_returned() {
    for (const std::size_t i : carried_) {
      Value& adjoint = adjoints_[scan_.scanned + i];
      if (!adjoint) adjoint = splat(joint_, ir::Type(joint_[returned_[i]].type), 0);
      returned_slots_.push_back(scan_.scanned + i);
    }
    for (std::size_t slot = scan_.scanned + scan_.carried; slot < inputs_.size(); ++slot) {
      Value& adjoint = adjoints_[slot];
      if (!adjoint || adjoint.id() == sums_[slot]) continue;
      if (!sums_[slot]) {
        sums_[slot] = given(ir::Type(adjoint.type()));
        adjoint = Value(joint_, *sums_[slot]) + adjoint;
      }
      returned_slots_.push_back(slot);
    }
    for (std::size_t slot = 0; slot < scan_.scanned; ++slot)
      if (adjoints_[slot]) returned_slots_.push_back(slot);
  }

  /// What belongs to the step: its own nodes, and extensions of them with their results.
  ir::NodeMap<char> step_nodes() const {
    ir::NodeMap<char> out(joint_);
    for (const NodeId node : nodes(joint_)) {
      const bool is_extension = !joint_[node].bodies.empty() || joint_[node].op == &op::result;
      const auto is_of_step = [&](const ir::Use& use) { return out[use.def]; };
      out[node] = node < body_end_ ||
                  (is_extension && std::ranges::all_of(joint_.operands(node), is_of_step));
    }
    return out;
  }

  bool is_moved(NodeId node) const {
    return joint_[node].op == &op::reshape || is_data_movement(joint_, node);
  }

  /// The way back reads it where the step did.
  bool is_read_again(NodeId node) const {
    const auto slot = static_cast<std::size_t>(std::ranges::find(inputs_, node) - inputs_.begin());
    return slot < inputs_.size() && !is_carried(slot);
  }

  /// Writing and reading a value for every step, or reading only.
  double price_of_saving(NodeId node) const {
    const double once = cost_of_moving(joint_[node].type);
    const bool is_output =
        std::ranges::count(returned_.begin() + static_cast<std::ptrdiff_t>(scan_.carried),
                           returned_.end(), node) > 0;
    const bool is_far = scan_.steps * joint_[node].type.bytes() > near_bytes;
    return once * (is_output || is_read_again(node) ? 1 : 2) * (is_far ? cost_of_far_byte : 1);
  }

  /// What is cheaper to compute than to save, of all that the sweep reads of the step.
  std::vector<NodeId> cheap_to_compute(const ir::NodeMap<char>& is_of_step) const {
    ComputingPrices computing(joint_);
    Origins origins(joint_, computing, [&](NodeId node) { return price_of_saving(node); });
    for (const NodeId node : nodes(joint_)) {
      if (is_of_step[node]) continue;
      for (const ir::Use& use : joint_.operands(node))
        if (is_of_step[use.def]) origins.need(use.def);
    }
    return origins.to_compute();
  }

  /// What costs nothing in a kernel, unless more would be saved to make it of.
  bool is_free(NodeId node) const {
    if (scan_.is_segments || joint_[node].op == &op::constant) return true;
    if (!is_moved(node)) return false;
    NodeId source = node;
    while (is_moved(source) && !joint_.operands(source).empty()) source = joint_.operand(source, 0);
    return is_read_again(source) || joint_[source].type.bytes() <= joint_[node].type.bytes();
  }

  void choose_saved() {
    const ir::NodeMap<char> is_of_step = step_nodes();
    const std::vector<NodeId> cheap = cheap_to_compute(is_of_step);
    is_read_ = ir::NodeMap<char>(joint_);
    for (const std::size_t slot : returned_slots_) is_read_[adjoints_[slot].id()] = true;
    for (std::size_t i = joint_.size(); i-- > 0;) {
      const NodeId node{static_cast<std::uint32_t>(i)};
      if (!is_read_[node] || joint_[node].op == &op::input) continue;
      const bool is_computed_anew = is_free(node) || std::ranges::binary_search(cheap, node);
      if (is_of_step[node] && !is_computed_anew)
        saved_.push_back(node);
      else
        for (const ir::Use& use : joint_.operands(node)) is_read_[use.def] = true;
    }
    for (std::size_t i = scan_.carried; i-- > 0;)
      if (is_read_[inputs_[scan_.scanned + i]]) saved_.push_back(inputs_[scan_.scanned + i]);
    std::ranges::reverse(saved_);
  }

  /// The scan with what is saved among its outputs. Notes which result each saved value is.
  Value saving(Extensions& extensions) {
    std::vector<NodeId> returned = returned_;
    auto names = joint_[body_end_].attributes.get<std::vector<std::string>>("results");
    for (const NodeId node : saved_) {
      const auto output = std::find(returned.begin() + static_cast<std::ptrdiff_t>(scan_.carried),
                                    returned.end(), node);
      saved_numbers_.push_back(static_cast<std::size_t>(output - returned.begin()));
      if (output != returned.end()) continue;
      returned.push_back(node);
      std::string name = fmt::format("saved{}", names.size());
      while (std::ranges::count(names, name) > 0) name += "_";
      names.push_back(std::move(name));
    }
    if (returned.size() == returned_.size()) return y_;

    Graph step = joint_;
    std::vector<Value> results;
    for (const NodeId node : returned) results.emplace_back(step, node);
    return_(step, results, std::move(names));
    std::vector<Value> operands;
    for (std::size_t slot = 0; slot < inputs_.size(); ++slot) operands.push_back(y_.operand(slot));
    const Value out = scan(y_.graph(), operands, ir::Attributes(y_.attributes()),
                           extended(step, inner_extensions_));
    extensions[y_.id()] = out.id();
    return out;
  }

  /// The scan of reverse steps.
  Value reversed(Value forward) {
    Graph body;
    ir::NodeMap<NodeId> became(joint_);
    ir::NodeMap<char> is_taken(joint_);
    std::vector<Value> operands;
    const auto take = [&](NodeId node, Value operand) {
      const std::string name = fmt::format("x{}", operands.size());
      became[node] = input(body, name, ir::Type(joint_[node].type), ir::StorageClass::input).id();
      is_taken[node] = true;
      operands.push_back(operand);
    };
    Scan scan{
        .steps = scan_.steps, .is_reverse = !scan_.is_reverse, .is_segments = scan_.is_segments};

    for (std::size_t slot = 0; slot < scan_.scanned; ++slot)
      if (is_read_[inputs_[slot]]) take(inputs_[slot], y_.operand(slot));
    for (std::size_t i = 0; i < saved_.size(); ++i)
      take(saved_[i], result_of(forward, saved_numbers_[i]));
    for (std::size_t number = scan_.carried; number < seeds_.size(); ++number)
      if (seeds_[number] && is_read_[*seeds_[number]]) take(*seeds_[number], dys_[number]);
    scan.scanned = operands.size();

    const auto zero = [&](NodeId node) {
      return splat(y_.graph(), ir::Type(joint_[node].type), 0);
    };
    for (const std::size_t i : carried_) take(*seeds_[i], dys_[i] ? dys_[i] : zero(*seeds_[i]));
    for (const std::size_t slot : returned_slots_)
      if (is_whole(slot)) {
        const NodeId sum = *sums_[slot];
        take(sum, sums_so_far_[slot] ? sums_so_far_[slot] : zero(sum));
      }
    scan.carried = operands.size() - scan.scanned;

    for (std::size_t slot = scan_.scanned + scan_.carried; slot < inputs_.size(); ++slot)
      if (is_read_[inputs_[slot]]) take(inputs_[slot], y_.operand(slot));

    for (const NodeId node : nodes(joint_)) {
      if (!is_read_[node] || is_taken[node]) continue;
      ir::Node copy = joint_[node];
      copy.name.clear();
      std::vector<NodeId> on;
      for (const ir::Use& use : joint_.operands(node)) on.push_back(became[use.def]);
      became[node] = body.append(std::move(copy), on);
    }
    std::vector<Value> results;
    std::vector<std::string> names;
    for (const std::size_t slot : returned_slots_) {
      names.push_back(fmt::format("r{}", results.size()));
      results.emplace_back(body, became[adjoints_[slot].id()]);
    }
    return_(body, results, std::move(names));
    Extensions again;  // of scans that are computed anew
    for (const auto& [node, extension] : inner_extensions_)
      if (is_read_[node] && is_read_[extension] && !is_taken[node])
        again[became[node]] = became[extension];
    return ir::scan(y_.graph(), operands, to_attributes(scan), extended(body, again));
  }

  Value y_;
  const Gradients& dys_;
  const std::vector<bool>& wanted_;  ///< by slot
  const Gradients& sums_so_far_;     ///< by slot
  const Scan scan_;
  Graph joint_;            ///< a step, then its reverse sweep
  const NodeId body_end_;  ///< the first node that is not of the step
  const std::vector<NodeId> inputs_, returned_;
  std::vector<std::size_t> carried_;          ///< carried values that have an adjoint
  std::vector<std::optional<NodeId>> seeds_;  ///< the adjoints of what the step returns
  std::vector<Value> adjoints_;               ///< of the inputs, by slot
  std::vector<std::optional<NodeId>> sums_;   ///< of the steps behind, by slot
  std::vector<std::size_t> returned_slots_;   ///< whose adjoints the reverse step returns
  Extensions inner_extensions_;               ///< of scans in the body
  ir::NodeMap<char> is_read_{joint_};         ///< the reverse step depends on it
  std::vector<NodeId> saved_;
  std::vector<std::size_t> saved_numbers_;
};

}  // namespace

Gradients gradients_of_scan(Value y, const Gradients& dys, const std::vector<bool>& wanted,
                            const Gradients& sums, Extensions& extensions, Context& context) {
  return ScanGradient(y, dys, wanted, sums).run(extensions, context);
}

}  // namespace gradc::passes
