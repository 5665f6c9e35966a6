#include "frontend/sequence_step.h"

#include <algorithm>
#include <utility>

#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/sequences.h"
#include "frontend/statements.h"
#include "frontend/step_graph.h"
#include "frontend/step_inputs.h"
#include "frontend/step_uses.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

using Carried = StepInputs::Carried;

/// The elaboration of one step of a recurrence.
class Step : public SequenceStep {
 public:
  Step(SequenceBlock& block, const Recurrence& recurrence)
      : block_(block),
        e_(block.e),
        recurrence_(recurrence),
        inner_(e_.make_scope(&block.scope, block.scope.naming)),
        mark_(e_.graph().size()),
        first_update_(e_.active->updates.size()),
        inputs_(block, recurrence.direction),
        watched_(e_, *this) {
    inner_.step = this;
    inner_.names.insert_or_assign(block_.seq.step.text, Tensor{inputs_.number(), {}});
  }

  /// False after an error.
  bool run() {
    if (!carry_own_uses() || !add_mask()) return false;
    e_.step_numbers.push_back({inputs_.number(), block_.steps()});
    const bool is_fine = compute();
    e_.step_numbers.pop_back();
    return is_fine && carry_inner_updates() && finish();
  }

  ir::Value probe(const ir::Type& type, ir::Value& all) override {
    ir::Type of_all = type;
    of_all.shape.insert(of_all.shape.begin(), block_.steps());
    return inputs_.scan_anew(watched_.outer_probe(of_all, all));
  }

  std::optional<Value> read(Elaboration&, const Scope& scope, const ast::Expr& expr,
                            const ast::Index& index) override {
    const StepOffset at = offset_of(e_, scope, *index.index, block_.seq.step.text);
    if (!at.names_step) return std::nullopt;
    if (!at.offset) return Poison{};
    const auto* base = std::get_if<ast::Reference>(&index.base->node);
    const std::string name = base ? base->name : "";
    const StepUse use{name, name, *at.offset, step_text(name, block_.seq.step.text, *at.offset),
                      expr.location};
    if (auto known = known_element(use)) return std::move(*known);
    return inputs_.element(scope, expr, index, *at.offset);
  }

 private:
  // ---- What is carried -----------------------------------------------------------------------

  bool is_own(std::string_view key) const {
    return std::ranges::any_of(recurrence_.equations, [&](std::size_t equation) {
      return block_.equations[equation].defines(key);
    });
  }

  bool carry_own_uses() {
    bool is_fine = true;
    for (const std::size_t equation : recurrence_.equations) {
      for (const StepUse& use : block_.equations[equation].uses)
        if (is_own(use.key)) is_fine = inputs_.carry(use) && is_fine;
      // What a buffer or state is last is needed, whether the equations read it or not.
      for (const StepTarget& target : block_.equations[equation].targets)
        if (target.kind == StepTargetKind::storage)
          is_fine =
              inputs_.carry({target.name, target.key, -1, target.name, target.location, true}) &&
              is_fine;
    }
    return is_fine;
  }

  bool add_mask() {
    if (!block_.seq.where) return true;
    for (const StepUse& use : block_.equations[recurrence_.equations.front()].uses)
      if (use.is_plain && use.offset != 0)
        if (auto value = known_element(use)) inner_.names.insert_or_assign(use.name, *value);
    mask_ = evaluate(e_, inner_, *block_.seq.where);
    const Tensor* tensor = mask_.get_if<Tensor>();
    const bool is_mask = tensor && tensor->dtype() == ir::DType::boolean;
    if (!is_mask && !mask_.is_poison())
      e_.report(block_.seq.where->location, Message::static_value_expected,
                "the condition behind `where`", "a tensor of truth values", e_.text(mask_));
    return is_mask;
  }

  /// The value, or the one before where the sequence has ended.
  std::optional<Tensor> masked(const Tensor& value, const Tensor& before) {
    if (!block_.seq.where) return value;
    const auto goes_on = coerce(e_, mask_, ir::DType::boolean, value.dims,
                                block_.seq.where->location, "the condition behind `where`");
    if (!goes_on) return std::nullopt;
    return Tensor{ir::select(goes_on->value, value.value, before.value), value.dims};
  }

  /// What layers of the step update is carried from step to step.
  bool carry_inner_updates() {
    std::vector<PendingUpdate>& updates = e_.active->updates;
    for (std::size_t i = first_update_; i < updates.size(); ++i) {
      const PendingUpdate& update = updates[i];
      const Tensor& slot = *e_.active->find_slot(update.slot);
      const auto value = masked({update.value.value, slot.dims}, slot);
      if (!value) return false;
      const std::string key = "<-" + update.slot;
      inputs_.carry_slot(key, slot);
      current_.insert_or_assign(key, inputs_.truncated(*value, 1));
    }
    updates.erase(updates.begin() + static_cast<std::ptrdiff_t>(first_update_), updates.end());
    return true;
  }

  // ---- Reading -------------------------------------------------------------------------------

  /// What the block defines, at a step that the equations at hand can see.
  std::optional<Value> known_element(const StepUse& use) {
    const auto current = current_.find(use.key);
    if (use.offset == 0 && current != current_.end()) return current->second;
    const Carried* carried = inputs_.find(use.key, std::abs(use.offset));
    const bool is_done = (use.offset < 0) != (recurrence_.direction == Direction::backward);
    if (carried && use.offset != 0 && is_done) return carried->seen;
    const auto constant = block_.statics.find(use.key);
    if (constant != block_.statics.end()) return constant->second;
    const auto sequence = block_.sequences.find(use.key);
    if (sequence == block_.sequences.end()) return std::nullopt;
    const auto moved = block_.moved(sequence->second, use);
    if (!moved) return Poison{};
    const DimList& dims = sequence->second.dims;
    return inputs_.scan(*moved, {dims.begin() + 1, dims.end()});
  }

  // ---- Computing -----------------------------------------------------------------------------

  bool compute() {
    for (const std::size_t number : recurrence_.equations) {
      const StepEquation& equation = block_.equations[number];
      const std::vector<Value> values = evaluate_at_step(equation);
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!define(equation.targets[i], values[i])) return false;
    }
    return true;
  }

  /// A sequence of the block in the report on the flow of gradients.
  FlowRow sequence_row(const StepTarget& target) const {
    const Naming* naming = block_.scope.naming;
    return {.kind = FlowRow::Kind::sequence,
            .name = join(naming ? naming->path : "", target.name),
            .location = e_.visible(target.location),
            .is_recurrent = recurrence_.direction != Direction::none,
            .is_reverse = recurrence_.direction == Direction::backward};
  }

  std::vector<Value> evaluate_at_step(const StepEquation& equation) {
    Scope& scope = e_.make_scope(&inner_, equation.locals->naming);
    for (const Scope* locals = equation.locals; locals != &block_.scope; locals = locals->parent)
      scope.names.insert(locals->names.begin(), locals->names.end());
    for (const StepUse& use : equation.uses)
      if (use.is_plain)
        if (auto value = known_element(use)) scope.names.insert_or_assign(use.name, *value);
    if (equation.equation) return evaluate_equation(e_, scope, *equation.equation);
    return {evaluate(e_, scope, equation.value())};
  }

  bool define(const StepTarget& target, const Value& value) {
    if (value.is_poison()) return false;
    const bool is_static = target.kind == StepTargetKind::temporary && !value.is<Tensor>() &&
                           !value.is<List>() && !value.is<Tuple>();
    if (is_static) {
      block_.statics.insert_or_assign(target.key, value);
      return true;
    }
    auto tensor = fitting(target, value);
    if (!tensor) return false;
    if (target.kind == StepTargetKind::sequence)
      tensor = watched_.with_probe(*tensor, sequence_row(target));
    current_.insert_or_assign(target.key, *tensor);
    return true;
  }

  /// Of the type of the start value.
  std::optional<Tensor> fitting(const StepTarget& target, const Value& value) {
    const Carried* before = inputs_.find(target.key, 1);
    if (!before) return to_strong_tensor(e_, value, target.location);
    const bool is_storage = target.kind == StepTargetKind::storage;
    const std::string what =
        is_storage ? fmt::format("the new value of `{}`", target.name)
                   : fmt::format("`{}`", step_text(target.name, block_.seq.step.text, 0));
    const auto coerced =
        coerce(e_, value, before->start.dtype(), before->start.dims, target.location, what);
    return coerced ? masked(*coerced, before->seen) : std::nullopt;
  }

  // ---- The scan ------------------------------------------------------------------------------

  bool finish() {
    std::vector<ir::Value> results;
    for (const Carried& carried : inputs_.carried())
      results.push_back(carried.distance == 1
                            ? current_.at(carried.key).value
                            : inputs_.find(carried.key, carried.distance - 1)->stand_in.value);
    const std::vector<std::string> outputs = output_keys();
    for (const std::string& key : outputs) results.push_back(current_.at(key).value);
    if (results.empty()) {
      watched_.forget_activations();
      return true;
    }
    for (const auto& activation : watched_.activations()) results.push_back(activation.value.value);

    inputs_.drop_unused(results);
    std::vector<ir::Value> stand_ins, operands;
    for (const StepInputs::Scanned& scanned : inputs_.scanned()) {
      stand_ins.push_back(scanned.stand_in);
      operands.push_back(scanned.sequence);
    }
    for (const Carried& carried : inputs_.carried()) {
      stand_ins.push_back(carried.stand_in.value);
      operands.push_back(carried.start.value);
    }
    StepGraph step = extract_step(e_.graph(), mark_, stand_ins, results);
    if (!is_allowed(step.body)) return false;
    operands.insert(operands.end(), step.outside.begin(), step.outside.end());
    forget_names();

    append_scan(operands, std::move(step.body), outputs);
    return true;
  }

  void append_scan(const std::vector<ir::Value>& operands, ir::Graph body,
                   const std::vector<std::string>& outputs) {
    const std::size_t carried = inputs_.carried().size();
    const ir::Scan attributes{block_.steps(), inputs_.scanned().size(), carried,
                              recurrence_.direction == Direction::backward};
    e_.locate(block_.location);
    const ir::Value scan =
        ir::scan(e_.graph(), operands, to_attributes(attributes), std::move(body));
    const bool is_only = ir::result_types(e_.graph(), scan.id()).size() == 1;
    const auto result = [&](std::size_t number) {
      return is_only ? scan : ir::result(scan, static_cast<std::int64_t>(number));
    };
    std::size_t number = carried;
    const auto next_output = [&](const Tensor& of_step) {
      DimList dims = of_step.dims;
      dims.insert(dims.begin(), block_.axis);
      return Tensor{result(number++), std::move(dims)};
    };
    for (const std::string& key : outputs)
      block_.sequences.insert_or_assign(key, next_output(current_.at(key)));
    for (Watch::Activation& activation : watched_.activations()) {
      activation.value = next_output(activation.value);
      ++activation.step_axes;
    }
    for (std::size_t i = 0; i < carried; ++i)
      if (const auto slot = updated_slot(inputs_.carried()[i]))
        commit(*slot, {result(i), inputs_.carried()[i].start.dims}, scan);
  }

  /// What is seen after the block, or by its other recurrences.
  std::vector<std::string> output_keys() const {
    std::vector<std::string> out;
    for (const std::size_t number : recurrence_.equations)
      for (const StepTarget& target : block_.equations[number].targets)
        if (target.kind == StepTargetKind::sequence ||
            (block_.shared.contains(target.key) && current_.contains(target.key)))
          out.push_back(target.key);
    return out;
  }

  // ---- Storage -------------------------------------------------------------------------------

  /// The slot whose last value is carried: the next step of what is outside finds it there.
  std::optional<std::string> updated_slot(const Carried& carried) const {
    if (carried.key.starts_with("<-")) return carried.key.substr(2);
    if (carried.distance != 1) return std::nullopt;
    for (const std::size_t number : recurrence_.equations)
      for (const StepTarget& target : block_.equations[number].targets)
        if (target.kind == StepTargetKind::storage && target.key == carried.key)
          return block_.scope.slots.at(target.name).name;
    return std::nullopt;
  }

  /// It happens if what the scan computes is used, or if it is the layer's around the block.
  void commit(const std::string& slot, const Tensor& last, ir::Value scan) {
    const bool is_inner = current_.contains("<-" + slot);
    std::optional<std::size_t> application = e_.application;
    if (is_inner) {
      application = e_.active->applications.size();
      e_.active->applications.push_back({scan.id()});
    }
    e_.active->updates.push_back({slot, last, application});
  }

  bool is_allowed(const ir::Graph& body) {
    for (const ir::NodeId node : ir::nodes(body))
      if (body[node].op == &ir::op::gradient) {
        e_.report(body[node].location, Message::not_supported, "`grad` in `seq`")
            .note("outside of the block it can differentiate with respect to what a step reads");
        return false;
      }
    return true;
  }

  /// The step's values are those of all steps now: their names are free.
  void forget_names() {
    for (std::size_t i = mark_; i < e_.graph().size(); ++i) {
      const ir::NodeId node{static_cast<std::uint32_t>(i)};
      if (e_.graph()[node].op == &ir::op::input || e_.graph()[node].name.empty()) continue;
      e_.active->value_names.erase(e_.graph()[node].name);
      e_.graph().set_name(node, "");
    }
  }

  SequenceBlock& block_;
  Elaboration& e_;
  const Recurrence& recurrence_;
  Scope& inner_;
  std::size_t mark_;
  std::size_t first_update_;
  StepInputs inputs_;
  Value mask_ = Poison{};
  std::map<std::string, Tensor> current_;  ///< what the step has computed, by key
  WatchedStep watched_;
};

}  // namespace

bool run_recurrence(SequenceBlock& block, const Recurrence& recurrence) {
  return Step(block, recurrence).run();
}

}  // namespace gradc::frontend
