#include "frontend/sequence_block.h"

#include <algorithm>
#include <utility>

#include "frontend/conversions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

bool SequenceBlock::is_used_outside(const std::string& name, const Recurrence& recurrence) const {
  for (std::size_t i = 0; i < equations.size(); ++i) {
    if (std::ranges::find(recurrence.equations, i) != recurrence.equations.end()) continue;
    if (std::ranges::find(equations[i].uses, name, &StepUse::name) != equations[i].uses.end())
      return true;
  }
  return false;
}

std::optional<Tensor> SequenceBlock::start(const std::string& name, std::int64_t place,
                                           std::int64_t offset, Location use) const {
  const auto starts = scope.starts.find(name);
  if (starts != scope.starts.end()) {
    const auto found = starts->second.find(place);
    if (found != starts->second.end()) return found->second;
  }
  const std::string index = place < 0 ? fmt::format("{}", place)
                            : place == steps()
                                ? seq.axis.text
                                : fmt::format("{}+{}", seq.axis.text, place - steps());
  return e.report(use, Message::no_start_value, step_text(name, seq.step.text, offset))
      .note(fmt::format("add `{}[{}] = ...` before the `seq` block", name, index));
}

std::optional<ir::Value> SequenceBlock::moved(const std::string& name, std::int64_t offset,
                                              Location use) const {
  const ir::Value sequence = sequences.at(name).value;
  if (offset == 0) return sequence;
  std::vector<ir::Value> parts;
  const auto add_start = [&](std::int64_t place) {
    const auto value = start(name, place, offset, use);
    if (!value) return false;
    ir::Shape shape = value->value.shape();
    shape.insert(shape.begin(), 1);
    parts.push_back(ir::reshape(value->value, shape));
    return true;
  };
  for (std::int64_t place = offset; place < 0; ++place)
    if (!add_start(place)) return std::nullopt;
  parts.push_back(sequence);
  for (std::int64_t place = 0; place < offset; ++place)
    if (!add_start(steps() + place)) return std::nullopt;
  const ir::Value whole = ir::concat(parts, 0);
  std::vector<std::int64_t> starts(whole.shape().size(), 0);
  const std::vector<std::int64_t> strides(whole.shape().size(), 1);
  starts[0] = std::max<std::int64_t>(offset, 0);
  return ir::slice(whole, starts, sequence.shape(), strides);
}

Value SequenceBlock::as_value(const std::string& name) const {
  const Tensor& sequence = sequences.at(name);
  DimList dims(sequence.dims.begin() + 1, sequence.dims.end());
  if (std::ranges::find(dims, axis) != dims.end()) {
    e.report(location, Message::dim_occurs_twice, e.text(axis), e.text(sequence));
    return Poison{};
  }
  const std::size_t rank = dims.size();
  const std::size_t at = std::min(position.value_or(rank == 0 ? 0 : rank - 1), rank);
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), axis);
  return aligned(e, sequence, dims);
}

}  // namespace gradc::frontend
