#include "frontend/sequence_step.h"

#include <algorithm>
#include <utility>

#include "frontend/axes.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/sequences.h"
#include "frontend/statements.h"
#include "frontend/step_graph.h"
#include "frontend/step_uses.h"
#include "frontend/watch.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

/// The elaboration of one step of a recurrence.
class Step : public SequenceStep {
 public:
  Step(SequenceBlock& block, const Recurrence& recurrence)
      : block_(block),
        e_(block.e),
        recurrence_(recurrence),
        inner_(e_.make_scope(&block.scope, block.scope.naming)),
        mark_(e_.graph().size()),
        watched_(e_, *this) {
    inner_.step = this;
  }

  /// False after an error.
  bool run() {
    add_number();
    if (!add_carried() || !add_mask()) return false;
    e_.step_numbers.push_back({number_, block_.steps()});
    const bool is_fine = compute();
    e_.step_numbers.pop_back();
    return is_fine && finish();
  }

  ir::Value probe(const ir::Type& type, ir::Value& all) override {
    ir::Type of_all = type;
    of_all.shape.insert(of_all.shape.begin(), block_.steps());
    const ir::Value sequence = watched_.outer_probe(of_all, all);
    scanned_.push_back({ir::splat(e_.graph(), type, 0), sequence});
    return scanned_.back().stand_in;
  }

  std::optional<Value> read(Elaboration&, const Scope& scope, const ast::Expr& expr,
                            const ast::Index& index) override {
    const StepOffset at = offset_of(e_, scope, *index.index, block_.seq.step.text);
    if (!at.names_step) return std::nullopt;
    if (!at.offset) return Poison{};
    const auto* base = std::get_if<ast::Reference>(&index.base->node);
    if (base) {
      if (const auto known = known_element(base->name, *at.offset, expr.location)) return *known;
    }
    return element_from_outside(scope, expr, index, *at.offset);
  }

 private:
  struct Carried {
    std::string name;
    std::int64_t distance;  ///< how many steps back, in the direction of the recurrence
    Tensor stand_in;
    Tensor start;
    Tensor seen;  ///< what the equations read: no gradient where it is truncated
  };
  struct Scanned {
    ir::Value stand_in, sequence;
  };

  std::int64_t sign() const { return recurrence_.direction == Direction::backward ? 1 : -1; }

  Tensor stand_in(ir::DType dtype, const DimList& dims) {
    return {ir::splat(e_.graph(), {dtype, shape_of(dims)}, 0), dims};
  }

  void add_number() {
    ir::Graph& graph = e_.graph();
    const ir::Value places = ir::iota(graph, {ir::DType::i32, {block_.steps()}}, 0);
    number_ = stand_in(ir::DType::i32, {}).value;
    scanned_.push_back({number_, places});
    inner_.names.insert_or_assign(block_.seq.step.text, Tensor{number_, {}});
  }

  bool add_carried() {
    bool is_fine = true;
    for (const std::size_t equation : recurrence_.equations)
      for (const StepUse& use : block_.equations[equation].uses) {
        const bool is_own = std::ranges::any_of(recurrence_.equations, [&](std::size_t other) {
          return block_.equations[other].defines(use.name);
        });
        if (!is_own) continue;
        for (std::int64_t distance = 1; distance <= std::abs(use.offset); ++distance)
          is_fine = add_carried(use, distance) && is_fine;
      }
    return is_fine;
  }

  bool add_carried(const StepUse& use, std::int64_t distance) {
    if (find_carried(use.name, distance)) return true;
    const std::int64_t place = sign() < 0 ? -distance : block_.steps() - 1 + distance;
    const auto start = block_.start(use.name, place, use.offset, use.location);
    if (!start) return false;
    const Tensor value = stand_in(start->dtype(), start->dims);
    carried_.push_back({use.name, distance, value, *start, truncated(value)});
    return true;
  }

  const Carried* find_carried(const std::string& name, std::int64_t distance) const {
    const auto found = std::ranges::find_if(carried_, [&](const Carried& carried) {
      return carried.name == name && carried.distance == distance;
    });
    return found == carried_.end() ? nullptr : &*found;
  }

  /// The value, behind a `stop` at every step that begins a new stretch of `truncate` steps.
  Tensor truncated(const Tensor& value) {
    if (!block_.seq.truncate || !is_float(value.dtype())) return value;
    const auto stretch =
        evaluate_integer(e_, block_.scope, *block_.seq.truncate, "the length behind `truncate`");
    if (!stretch || *stretch < 1) {
      if (stretch)
        e_.report(block_.seq.truncate->location, Message::static_value_expected,
                  "the length behind `truncate`", "at least 1", fmt::format("{}", *stretch));
      return value;
    }
    ir::Graph& graph = e_.graph();
    const auto integer = [&](std::int64_t number) {
      return ir::splat(graph, {ir::DType::i32, {}}, static_cast<double>(number));
    };
    const ir::Value done = sign() < 0 ? number_ : integer(block_.steps() - 1) - number_;
    const ir::Value begins =
        ir::and_(ir::eq(ir::rem(done, integer(*stretch)), integer(0)), ir::ne(done, integer(0)));
    const ir::Value everywhere = ir::broadcast(begins, value.value.shape(), {});
    return {ir::select(everywhere, ir::stop(value.value), value.value), value.dims};
  }

  bool add_mask() {
    if (!block_.seq.where) return true;
    mask_ = evaluate(e_, inner_, *block_.seq.where);
    const Tensor* tensor = mask_.get_if<Tensor>();
    const bool is_mask = tensor && tensor->dtype() == ir::DType::boolean;
    if (!is_mask && !mask_.is_poison())
      e_.report(block_.seq.where->location, Message::static_value_expected,
                "the condition behind `where`", "a tensor of truth values", e_.text(mask_));
    return is_mask;
  }

  // ---- Reading -------------------------------------------------------------------------------

  std::optional<Value> known_element(const std::string& name, std::int64_t offset, Location use) {
    const auto current = current_.find(name);
    if (offset == 0 && current != current_.end()) return current->second;
    if (const Carried* carried = find_carried(name, std::abs(offset));
        carried && offset * sign() > 0)
      return carried->seen;
    const auto sequence = block_.sequences.find(name);
    if (sequence == block_.sequences.end()) return std::nullopt;
    const auto moved = block_.moved(name, offset, use);
    if (!moved) return Poison{};
    const DimList& dims = sequence->second.dims;
    return scan(*moved, {dims.begin() + 1, dims.end()});
  }

  Value scan(ir::Value sequence, const DimList& dims) {
    for (const Scanned& known : scanned_)
      if (known.sequence.id() == sequence.id()) return Tensor{known.stand_in, dims};
    const Tensor value = stand_in(sequence.dtype(), dims);
    scanned_.push_back({value.value, sequence});
    return value;
  }

  Value element_from_outside(const Scope& scope, const ast::Expr& expr, const ast::Index& index,
                             std::int64_t offset) {
    const Value base = evaluate(e_, scope, *index.base);
    const Tensor* x = base.get_if<Tensor>();
    if (!x) {
      if (!base.is_poison()) e_.report(expr.location, Message::cannot_take, "[...]", e_.text(base));
      return Poison{};
    }
    if (is_of_this_step(x->value)) {
      e_.report(expr.location, Message::cannot_take, "[...]", "a value of this step")
          .note("only a sequence can be read step by step");
      return Poison{};
    }
    const auto axes = axes_of(e_, *x, std::span(&block_.axis, 1), expr.location);
    if (!axes) return Poison{};
    const auto at = static_cast<std::size_t>(axes->front());
    const auto known = outside_.find(x->value.id());
    DimList dims = x->dims;
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at));
    if (offset != 0) {
      e_.report(expr.location, Message::no_start_value, written_text(expr.location))
          .note(fmt::format("{} has no places beside those of `{}`", e_.text(*x),
                            block_.seq.axis.text));
      return Poison{};
    }
    if (!block_.position) block_.position = at;
    if (known != outside_.end()) return scan(known->second, dims);
    DimList in_front = dims;
    in_front.insert(in_front.begin(), block_.axis);
    const ir::Value sequence = aligned(e_, *x, in_front).value;
    outside_[x->value.id()] = sequence;
    return scan(sequence, dims);
  }

  bool is_of_this_step(ir::Value value) const {
    std::vector<ir::Value> stand_ins;
    for (const Scanned& scanned : scanned_) stand_ins.push_back(scanned.stand_in);
    for (const Carried& carried : carried_) stand_ins.push_back(carried.stand_in.value);
    const std::vector<bool> uses = needed_stand_ins(e_.graph(), stand_ins, std::span(&value, 1));
    return std::ranges::find(uses, true) != uses.end();
  }

  // ---- Computing -----------------------------------------------------------------------------

  bool compute() {
    for (const std::size_t number : recurrence_.equations) {
      const StepEquation& equation = block_.equations[number];
      add_temporaries(equation);
      const auto values = evaluate_equation(e_, inner_, *equation.equation);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const ast::Target& target = equation.equation->targets[i];
        auto value = finished(target, values[i]);
        if (!value) return false;
        if (target.index) value = watched_.with_probe(*value, sequence_row(target));
        current_.insert_or_assign(target.name.text, *value);
        if (!target.index) inner_.names.insert_or_assign(target.name.text, *value);
      }
    }
    return true;
  }

  /// A sequence of the block in the report on the flow of gradients.
  FlowRow sequence_row(const ast::Target& target) const {
    const Naming* naming = block_.scope.naming;
    return {.kind = FlowRow::Kind::sequence,
            .name = join(naming ? naming->path : "", target.name.text),
            .location = e_.visible(target.location),
            .is_recurrent = recurrence_.direction != Direction::none,
            .is_reverse = recurrence_.direction == Direction::backward};
  }

  /// Temporaries that an earlier recurrence has computed.
  void add_temporaries(const StepEquation& equation) {
    for (const StepUse& use : equation.uses)
      if (use.offset == 0 && !current_.contains(use.name) && block_.sequences.contains(use.name))
        if (auto value = known_element(use.name, 0, use.location))
          inner_.names.insert_or_assign(use.name, std::move(*value));
  }

  /// Of the type of the start value, and the value before where the sequence has ended.
  std::optional<Tensor> finished(const ast::Target& target, const Value& value) {
    if (value.is_poison()) return std::nullopt;
    const Carried* before = find_carried(target.name.text, 1);
    if (!before) return to_strong_tensor(e_, value, target.location);
    const std::string what =
        fmt::format("`{}`", step_text(target.name.text, block_.seq.step.text, 0));
    const auto fitting =
        coerce(e_, value, before->start.dtype(), before->start.dims, target.location, what);
    if (!fitting || !block_.seq.where) return fitting;
    const auto goes_on = coerce(e_, mask_, ir::DType::boolean, fitting->dims,
                                block_.seq.where->location, "the condition behind `where`");
    if (!goes_on) return std::nullopt;
    return Tensor{ir::select(goes_on->value, fitting->value, before->seen.value), fitting->dims};
  }

  // ---- The scan ------------------------------------------------------------------------------

  bool finish() {
    std::vector<ir::Value> results;
    for (const Carried& carried : carried_)
      results.push_back(carried.distance == 1
                            ? current_.at(carried.name).value
                            : find_carried(carried.name, carried.distance - 1)->stand_in.value);
    const std::vector<std::string> outputs = output_names();
    for (const std::string& name : outputs) results.push_back(current_.at(name).value);
    if (outputs.empty()) {
      watched_.forget_activations();
      return true;
    }
    for (const auto& activation : watched_.activations()) results.push_back(activation.value.value);

    drop_unused(results);
    std::vector<ir::Value> stand_ins, operands;
    for (const Scanned& scanned : scanned_) {
      stand_ins.push_back(scanned.stand_in);
      operands.push_back(scanned.sequence);
    }
    for (const Carried& carried : carried_) {
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
    const ir::Scan attributes{block_.steps(), scanned_.size(), carried_.size(),
                              recurrence_.direction == Direction::backward};
    e_.locate(block_.location);
    const ir::Value scan =
        ir::scan(e_.graph(), operands, to_attributes(attributes), std::move(body));
    const bool is_only = ir::result_types(e_.graph(), scan.id()).size() == 1;
    std::size_t number = carried_.size();
    const auto next_output = [&](const Tensor& of_step) {
      DimList dims = of_step.dims;
      dims.insert(dims.begin(), block_.axis);
      const auto index = static_cast<std::int64_t>(number++);
      return Tensor{is_only ? scan : ir::result(scan, index), std::move(dims)};
    };
    for (const std::string& name : outputs)
      block_.sequences.insert_or_assign(name, next_output(current_.at(name)));
    for (Watch::Activation& activation : watched_.activations()) {
      activation.value = next_output(activation.value);
      ++activation.step_axes;
    }
  }

  /// What is seen after the block, or by its other recurrences.
  std::vector<std::string> output_names() const {
    std::vector<std::string> out;
    for (const std::size_t number : recurrence_.equations)
      for (const ast::Target& target : block_.equations[number].equation->targets)
        if (target.index || block_.is_used_outside(target.name.text, recurrence_))
          out.push_back(target.name.text);
    return out;
  }

  void drop_unused(const std::vector<ir::Value>& results) {
    std::vector<ir::Value> stand_ins;
    for (const Scanned& scanned : scanned_) stand_ins.push_back(scanned.stand_in);
    const std::vector<bool> is_used = needed_stand_ins(e_.graph(), stand_ins, results);
    std::vector<Scanned> used;
    for (std::size_t i = 0; i < scanned_.size(); ++i)
      if (is_used[i]) used.push_back(scanned_[i]);
    scanned_ = std::move(used);
  }

  bool is_allowed(const ir::Graph& body) {
    const bool has_gradient = asks_for_gradient(body);
    if (has_gradient) e_.report(block_.location, Message::not_supported, "`grad` in `seq`");
    const auto is_of_step = [&](const PendingUpdate& update) {
      return ir::index(update.value.value.id()) >= mark_;
    };
    const bool has_update = std::ranges::any_of(e_.active->updates, is_of_step);
    if (has_update)
      e_.report(block_.location, Message::not_supported, "an update of a buffer or state in `seq`");
    return !has_gradient && !has_update;
  }

  /// The step's values are those of all steps now: their names are free.
  void forget_names() {
    std::erase_if(e_.active->value_names, [&](const auto& entry) {
      return ir::index(entry.second) >= mark_ && e_.graph()[entry.second].op != &ir::op::input;
    });
    for (std::size_t i = mark_; i < e_.graph().size(); ++i) {
      const ir::NodeId node{static_cast<std::uint32_t>(i)};
      if (e_.graph()[node].op != &ir::op::input) e_.graph().set_name(node, "");
    }
  }

  SequenceBlock& block_;
  Elaboration& e_;
  const Recurrence& recurrence_;
  Scope& inner_;
  std::size_t mark_;
  ir::Value number_;
  Value mask_ = Poison{};
  std::vector<Scanned> scanned_;
  std::vector<Carried> carried_;
  std::map<ir::NodeId, ir::Value> outside_;  ///< sequences with their axis in front
  std::map<std::string, Tensor> current_;
  WatchedStep watched_;
};

}  // namespace

bool run_recurrence(SequenceBlock& block, const Recurrence& recurrence) {
  return Step(block, recurrence).run();
}

}  // namespace gradc::frontend
