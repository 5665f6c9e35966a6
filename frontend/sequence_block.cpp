#include "frontend/sequence_block.h"

#include <algorithm>
#include <utility>

#include "frontend/conversions.h"
#include "frontend/sequences.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend {

std::optional<Tensor> SequenceBlock::start(const StepUse& use, std::int64_t place) const {
  const auto slot = scope.slots.find(use.name);
  if (use.is_plain && slot != scope.slots.end()) return slot->second.tensor;
  if (const Tensor* known = find_start(scope, use.name, place)) return *known;
  const std::string index = place < 0 ? fmt::format("{}", place)
                            : place == steps()
                                ? seq.axis.text
                                : fmt::format("{}+{}", seq.axis.text, place - steps());
  return e.report(use.location, Message::no_start_value, use.text)
      .note(fmt::format("add `{}[{}] = ...` before the `seq` block", use.name, index));
}

std::optional<ir::Value> SequenceBlock::moved(const Tensor& sequence, const StepUse& use) const {
  if (use.offset == 0) return sequence.value;
  const DimList dims(sequence.dims.begin() + 1, sequence.dims.end());
  std::vector<ir::Value> parts;
  const auto add_start = [&](std::int64_t place) {
    const auto value = start(use, place);
    const auto fitting = value ? coerce(e, *value, sequence.dtype(), dims, use.location,
                                        fmt::format("the start value of `{}`", use.name))
                               : std::nullopt;
    if (!fitting) return false;
    ir::Shape shape = fitting->value.shape();
    shape.insert(shape.begin(), 1);
    parts.push_back(ir::reshape(fitting->value, shape));
    return true;
  };
  for (std::int64_t place = use.offset; place < 0; ++place)
    if (!add_start(place)) return std::nullopt;
  parts.push_back(sequence.value);
  for (std::int64_t place = 0; place < use.offset; ++place)
    if (!add_start(steps() + place)) return std::nullopt;
  const ir::Value whole = ir::concat(parts, 0);
  std::vector<std::int64_t> starts(whole.shape().size(), 0);
  const std::vector<std::int64_t> strides(whole.shape().size(), 1);
  starts[0] = std::max<std::int64_t>(use.offset, 0);
  return ir::slice(whole, starts, sequence.value.shape(), strides);
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
