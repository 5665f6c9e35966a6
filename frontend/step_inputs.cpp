#include "frontend/step_inputs.h"

#include <algorithm>
#include <utility>

#include "frontend/axes.h"
#include "frontend/conversions.h"
#include "frontend/expressions.h"
#include "frontend/step_graph.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

Tensor stand_in(Elaboration& e, ir::DType dtype, const DimList& dims) {
  return {ir::splat(e.graph(), {dtype, shape_of(dims)}, 0), dims};
}

StepInputs::StepInputs(SequenceBlock& block, Direction direction)
    : block_(block),
      sign_(direction == Direction::backward ? 1 : -1),
      mark_(block.e.graph().size()) {
  const ir::Value places = ir::iota(block.e.graph(), {ir::DType::i32, {block.steps()}}, 0);
  number_ = scan(places, {}).value;
}

Tensor StepInputs::scan(ir::Value sequence, const DimList& dims) {
  for (const Scanned& known : scanned_)
    if (known.sequence.id() == sequence.id()) return {known.stand_in, dims};
  return {scan_anew(sequence), dims};
}

ir::Value StepInputs::scan_anew(ir::Value sequence) {
  ir::Type type = sequence.type();
  type.shape.erase(type.shape.begin());
  scanned_.push_back({ir::splat(block_.e.graph(), type, 0), sequence});
  return scanned_.back().stand_in;
}

bool StepInputs::carry(const StepUse& use) {
  for (std::int64_t distance = 1; distance <= std::abs(use.offset); ++distance) {
    if (find(use.key, distance)) continue;
    const std::int64_t place = sign_ < 0 ? -distance : block_.steps() - 1 + distance;
    const auto start = block_.start(use, place);
    if (!start) return false;
    const Tensor value = stand_in(block_.e, start->dtype(), start->dims);
    carried_.push_back({use.key, distance, value, *start, truncated(value, 0)});
  }
  return true;
}

void StepInputs::carry_slot(const std::string& key, const Tensor& slot) {
  if (!find(key, 1)) carried_.push_back({key, 1, slot, slot, slot});
}

const StepInputs::Carried* StepInputs::find(std::string_view key, std::int64_t distance) const {
  const auto found = std::ranges::find_if(carried_, [&](const Carried& carried) {
    return carried.key == key && carried.distance == distance;
  });
  return found == carried_.end() ? nullptr : &*found;
}

Tensor StepInputs::truncated(const Tensor& value, std::int64_t ahead) const {
  if (!block_.stretch || !ir::is_float(value.dtype())) return value;
  ir::Graph& graph = block_.e.graph();
  const auto integer = [&](std::int64_t number) {
    return ir::splat(graph, {ir::DType::i32, {}}, static_cast<double>(number));
  };
  const ir::Value done = sign_ < 0 ? number_ : integer(block_.steps() - 1) - number_;
  const ir::Value at = ahead == 0 ? done : done + integer(ahead);
  const ir::Value begins =
      ir::and_(ir::eq(ir::rem(at, integer(*block_.stretch)), integer(0)), ir::ne(at, integer(0)));
  const ir::Value everywhere = ir::broadcast(begins, value.value.shape(), {});
  return {ir::select(everywhere, ir::stop(value.value), value.value), value.dims};
}

Value StepInputs::element(const Scope& scope, const ast::Expr& expr, const ast::Index& index,
                          std::int64_t offset) {
  Elaboration& e = block_.e;
  const Value base = evaluate(e, scope, *index.base);
  const Tensor* x = base.get_if<Tensor>();
  if (!x) {
    if (!base.is_poison()) e.report(expr.location, Message::cannot_take, "[...]", e.text(base));
    return Poison{};
  }
  if (is_of_this_step(x->value)) {
    e.report(expr.location, Message::cannot_take, "[...]", "a value of this step")
        .note("only a sequence can be read step by step");
    return Poison{};
  }
  const auto sequence = in_front(*x, expr.location);
  if (!sequence) return Poison{};
  const DimList dims(sequence->dims.begin() + 1, sequence->dims.end());
  if (offset == 0) return scan(sequence->value, dims);

  const std::string text(written_text(expr.location));
  const auto* name = std::get_if<ast::Reference>(&index.base->node);
  if (!name) {
    e.report(expr.location, Message::no_start_value, text)
        .note("bind the sequence to a name; then its start values can be given");
    return Poison{};
  }
  const auto moved = block_.moved(*sequence, {name->name, name->name, offset, text, expr.location});
  return moved ? Value(scan(*moved, dims)) : Poison{};
}

std::optional<Tensor> StepInputs::in_front(const Tensor& x, Location location) {
  const auto axes = axes_of(block_.e, x, std::span(&block_.axis, 1), location);
  if (!axes) return std::nullopt;
  const auto at = static_cast<std::size_t>(axes->front());
  if (!block_.position) block_.position = at;
  DimList dims = x.dims;
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at));
  dims.insert(dims.begin(), block_.axis);
  const auto known = outside_.find(x.value.id());
  if (known != outside_.end()) return Tensor{known->second, dims};
  const Tensor sequence = aligned(block_.e, x, dims);
  outside_[x.value.id()] = sequence.value;
  return sequence;
}

bool StepInputs::is_of_this_step(ir::Value value) const {
  std::vector<ir::Value> stand_ins;
  for (const Scanned& scanned : scanned_) stand_ins.push_back(scanned.stand_in);
  for (const Carried& carried : carried_) stand_ins.push_back(carried.stand_in.value);
  const std::vector<bool> uses =
      needed_stand_ins(block_.e.graph(), mark_, stand_ins, std::span(&value, 1));
  return std::ranges::find(uses, true) != uses.end();
}

void StepInputs::drop_unused(std::span<const ir::Value> results) {
  std::vector<ir::Value> stand_ins;
  for (const Scanned& scanned : scanned_) stand_ins.push_back(scanned.stand_in);
  const std::vector<bool> is_used = needed_stand_ins(block_.e.graph(), mark_, stand_ins, results);
  std::vector<Scanned> used;
  for (std::size_t i = 0; i < scanned_.size(); ++i)
    if (is_used[i]) used.push_back(scanned_[i]);
  scanned_ = std::move(used);
}

}  // namespace gradc::frontend
