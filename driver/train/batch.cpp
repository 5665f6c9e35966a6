#include "driver/train/batch.h"

#include <algorithm>

#include "ir/messages.h"

namespace gradc::driver {

std::optional<Batch> Batch::create(const Executable::Entry& entry, const Dataset& dataset,
                                   ir::Location location, ir::Diagnostics& diagnostics) {
  Batch batch;
  for (const Port& port : entry.inputs) {
    const auto column = std::ranges::find(dataset.columns, port.name, &Column::input);
    if (column == dataset.columns.end())
      return diagnostics.report(location, ir::Message::input_without_data, port.name, entry.name);
    if (!fits(*column, port.type, location, diagnostics)) return std::nullopt;
    const std::int64_t examples = port.type.shape[0];
    if (!batch.inputs_.empty() && examples != batch.size_)
      return diagnostics.report(location, ir::Message::batch_sizes_differ, batch.size_, examples,
                                port.name);
    batch.size_ = examples;
    batch.inputs_.push_back({&*column, port.type, AlignedBytes(port.type.bytes())});
    batch.pointers_.push_back(batch.inputs_.back().bytes.data());
    if (!batch.pointers_.back())
      return diagnostics.report(location, ir::Message::out_of_memory, port.type.bytes());
  }
  return batch;
}

void Batch::fill(std::span<const std::int64_t> examples) {
  for (Input& input : inputs_)
    gather_batch(*input.column, examples, input.type, input.bytes.span());
}

}  // namespace gradc::driver
