#include "driver/train/drawing.h"

#include <utility>

#include "ir/messages.h"

namespace gradc::driver {

Drawing::Drawing(const Executable::Entry& entry, std::string path, const Pictures& pictures)
    : entry_(&entry),
      path_(std::move(path)),
      pictures_(pictures),
      values_(entry.outputs.front().type) {}

std::optional<Drawing> Drawing::create(const Executable::Entry& entry, std::string path,
                                       ir::Location location, ir::Diagnostics& diagnostics) {
  if (!entry.inputs.empty())
    return diagnostics.report(location, ir::Message::drawing_needs_input, entry.name,
                              entry.inputs.front().name);
  const auto pictures = entry.outputs.size() == 1 ? pictures_of(entry.outputs.front().type)
                                                  : std::optional<Pictures>();
  if (!pictures)
    return diagnostics.report(location, ir::Message::not_a_picture, entry.name,
                              entry.outputs.front().type);
  return Drawing(entry, std::move(path), *pictures);
}

bool Drawing::draw(Instance& instance, ir::Diagnostics& diagnostics) {
  void* const output = values_.data();
  instance.call(*entry_, {}, std::span(&output, 1));
  return write_file_atomically(path_, png_sheet(values_, pictures_), {}, diagnostics);
}

}  // namespace gradc::driver
