#include "frontend/watch.h"

#include <algorithm>
#include <numeric>

#include "frontend/prune.h"
#include "frontend/sequences.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

namespace {

struct SaturatingOp {
  const ir::Op* op;
  Unsaturated range;
};
constexpr SaturatingOp saturating_ops[] = {
    {&ir::op::sigmoid, {0.05, 0.95}},
    {&ir::op::tanh, {-0.95, 0.95}},
};

/// Functions that are zero for negative numbers: a unit whose inputs all are negative is dead.
constexpr std::string_view rectifiers[] = {"relu", "relu6"};

/// Null where nothing is watched.
Watch* watch_of(const Elaboration& e) { return e.active ? e.active->watch : nullptr; }

std::string owner_path(const Elaboration& e) {
  return e.bodies.empty() ? "" : e.bodies.back().owner->naming.path;
}

/// "sigmoid(f + forget)" if it is written so; behind a name that stands for the function the text
/// would say less than the function does.
std::string call_text(std::string_view function, Location location) {
  const std::string_view written = written_text(location);
  const bool is_call = written.starts_with(fmt::format("{}(", function)) &&
                       written.find('\n') == std::string_view::npos;
  return std::string(is_call ? written : function);
}

std::vector<std::int64_t> axes_except(const ir::Shape& shape, std::size_t kept) {
  std::vector<std::int64_t> out;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (axis != kept) out.push_back(static_cast<std::int64_t>(axis));
  return out;
}

std::vector<std::int64_t> first_axes(std::size_t count) {
  std::vector<std::int64_t> out(count);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

/// In double precision: the square of a gradient that has nearly vanished is no f32.
ir::Value squares(ir::Value x, const std::vector<std::int64_t>& axes) {
  const ir::Value wide = ir::cast(x, ir::DType::f64);
  return ir::sum(wide * wide, axes);
}

ir::Value sum_of_squares(ir::Value x) { return squares(x, first_axes(x.shape().size())); }

/// The share of elements for which the condition holds.
ir::Value share(ir::Value condition) {
  const ir::Value ones = ir::cast(condition, ir::DType::f64);
  return ir::sum(ones, first_axes(ones.shape().size())) /
         static_cast<double>(ones.type().elements());
}

ir::Value saturated_share(ir::Value y, const Unsaturated& unsaturated) {
  return share(
      ir::or_(ir::lt(y, ir::splat(y, unsaturated.low)), ir::lt(ir::splat(y, unsaturated.high), y)));
}

/// A unit is an element of one example: it has an axis less than the values of a batch.
ir::Value dead_share(const Watch::Activation& activation) {
  const ir::Value y = activation.value.value;
  const std::size_t axes = std::min(activation.step_axes + 1, y.shape().size());
  const ir::Value largest = ir::reduce_max(y, first_axes(axes));
  return share(ir::eq(largest, ir::splat(largest, 0)));
}

/// Appends the results of one entry and notes which rows they belong to.
class Report {
 public:
  Report(Elaboration& e, const Watch& watch, const Tensor& loss, std::vector<EntryResult>& results)
      : e_(e),
        watch_(watch),
        loss_(loss),
        results_(results),
        reaches_loss_(needed(e.graph(), {loss.value.id()})) {}

  std::vector<FlowRow> run() {
    for (const Watch::Sequence& sequence : watch_.sequences)
      if (reaches_loss(sequence.probe)) add(sequence);
    for (const Watch::Activation& activation : watch_.activations)
      if (reaches_loss(activation.value.value)) add(activation);
    for (const Watch::Parameter& parameter : watch_.parameters) add(parameter);
    if (watch_.clip) add(watch_.clip->row, {watch_.clip->scale.value});
    return std::move(rows_);
  }

 private:
  /// Results of a scan are nodes of their own, which only their readers need.
  bool reaches_loss(ir::Value value) const {
    const ir::Value source = value.node().op == &ir::op::result ? value.operand(0) : value;
    return reaches_loss_[ir::index(source.id())];
  }

  void add(const Watch::Sequence& sequence) {
    const ir::Value gradient = ir::gradient(loss_.value, sequence.probe);
    add(sequence.row, {squares(gradient, axes_except(gradient.shape(), sequence.axis))});
  }

  void add(const Watch::Activation& activation) {
    if (activation.row.kind == FlowRow::Kind::rectifier)
      return add(activation.row, {dead_share(activation)});
    add(activation.row, {saturated_share(activation.value.value, *activation.unsaturated)});
  }

  void add(const Watch::Parameter& parameter) {
    const ir::Value before = parameter.slot.tensor.value;
    add(parameter.row, {sum_of_squares(parameter.gradient.value),
                        sum_of_squares(updated(parameter.slot) - before), sum_of_squares(before)});
  }

  /// The last value that the optimizer gave it.
  ir::Value updated(const ReadSlot& slot) const {
    ir::Value out = slot.tensor.value;
    for (const PendingUpdate& update : e_.active->updates)
      if (update.slot == slot.name) out = update.value.value;
    return out;
  }

  void add(FlowRow row, std::initializer_list<ir::Value> values) {
    row.first_result = results_.size();
    for (const ir::Value& value : values)
      results_.push_back({fmt::format("flow{}", results_.size()), value});
    rows_.push_back(std::move(row));
  }

  Elaboration& e_;
  const Watch& watch_;
  const Tensor& loss_;
  std::vector<EntryResult>& results_;
  std::vector<bool> reaches_loss_;
  std::vector<FlowRow> rows_;
};

}  // namespace

std::string flow_entry(const std::string& step) { return step + ".flow"; }

WatchedStep::WatchedStep(Elaboration& e, SequenceStep& step)
    : e_(e), watch_(watch_of(e)), step_(step) {
  if (!watch_) return;
  depth_ = watch_->steps.size();
  first_activation_ = watch_->activations.size();
  watch_->steps.push_back(&step);
}

WatchedStep::~WatchedStep() {
  if (watch_) watch_->steps.pop_back();
}

Tensor WatchedStep::with_probe(const Tensor& element, FlowRow row) {
  if (!watch_ || !ir::is_float(element.dtype())) return element;
  ir::Value all;
  const ir::Value probe = step_.probe(ir::Type(element.value.type()), all);
  watch_->sequences.push_back({std::move(row), all, depth_});
  return {element.value + probe, element.dims};
}

ir::Value WatchedStep::outer_probe(const ir::Type& type, ir::Value& all) {
  if (depth_ > 0) return watch_->steps[depth_ - 1]->probe(type, all);
  return all = ir::splat(e_.graph(), type, 0);
}

std::span<Watch::Activation> WatchedStep::activations() {
  if (!watch_) return {};
  return std::span(watch_->activations).subspan(first_activation_);
}

void WatchedStep::forget_activations() {
  if (watch_) watch_->activations.resize(first_activation_);
}

WatchPause::WatchPause(Elaboration& e, bool is_pause) : watch_(is_pause ? watch_of(e) : nullptr) {
  if (watch_) ++watch_->pauses;
}

WatchPause::~WatchPause() {
  if (watch_) --watch_->pauses;
}

void watch_activation(Elaboration& e, const ir::Op& op, const Tensor& value, Location location) {
  Watch* watch = watch_of(e);
  const auto* saturating = std::ranges::find(saturating_ops, &op, &SaturatingOp::op);
  if (!watch || watch->pauses > 0 || saturating == std::end(saturating_ops)) return;
  watch->activations.push_back({{.kind = FlowRow::Kind::activation,
                                 .name = owner_path(e),
                                 .function = call_text(op.name, location),
                                 .location = e.visible(location)},
                                value,
                                &saturating->range});
}

void watch_function(Elaboration& e, std::string_view function, const Value& value,
                    Location location) {
  Watch* watch = watch_of(e);
  const Tensor* tensor = value.get_if<Tensor>();
  if (!watch || !tensor || std::ranges::find(rectifiers, function) == std::end(rectifiers)) return;
  watch->activations.push_back({{.kind = FlowRow::Kind::rectifier,
                                 .name = owner_path(e),
                                 .function = call_text(function, location),
                                 .location = e.visible(location)},
                                *tensor});
}

void watch_parameters(Elaboration& e, std::span<const ReadSlot> slots,
                      std::span<const Value> gradients) {
  Watch* watch = watch_of(e);
  if (!watch) return;
  for (std::size_t i = 0; i < slots.size(); ++i)
    watch->parameters.push_back(
        {{.kind = FlowRow::Kind::parameter,
          .name = slots[i].name,
          .location = e.model.program.find_storage(slots[i].name)->location},
         slots[i],
         *gradients[i].get_if<Tensor>()});
}

void watch_clip(Elaboration& e, const Value& scale, Location location) {
  Watch* watch = watch_of(e);
  const Tensor* tensor = scale.get_if<Tensor>();
  if (watch && tensor)
    watch->clip = {{.kind = FlowRow::Kind::clip, .name = "clip_norm", .location = location},
                   *tensor};
}

std::vector<FlowRow> append_flow(Elaboration& e, const Watch& watch, const Tensor& loss,
                                 std::vector<EntryResult>& results) {
  return Report(e, watch, loss, results).run();
}

}  // namespace gradc::frontend
