#include "driver/data/text.h"

#include <algorithm>

#include "ir/messages.h"

namespace gradc::driver {

namespace {

ir::Tensor windows_of(const Bytes& text, const frontend::TextWindows& windows) {
  const std::int64_t room = std::ssize(text) - windows.shift - windows.length;
  const std::int64_t examples = room / windows.stride + 1;
  ir::Tensor out(ir::Type{ir::DType::u8, {examples, windows.length}});
  for (std::int64_t i = 0; i < examples; ++i)
    std::copy_n(text.begin() + windows.shift + i * windows.stride, windows.length,
                out.data() + i * windows.length);
  return out;
}

}  // namespace

std::optional<ir::Tensor> read_text(const std::string& path, const frontend::TextWindows& windows,
                                    ir::Location location, ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  const std::int64_t length = std::ssize(*bytes);
  if (windows.length == 0) {
    ir::Tensor tensor(ir::Type{ir::DType::u8, {length}});
    std::ranges::copy(*bytes, tensor.data());
    return tensor;
  }
  if (windows.shift > length || windows.length > length - windows.shift)
    return diagnostics.report(location, ir::Message::text_too_short, path, length,
                              windows.length + windows.shift);
  const ir::Type type{ir::DType::u8,
                      {(length - windows.shift) / windows.stride + 1, windows.length}};
  if (!ir::is_valid(type))
    return diagnostics.report(location, ir::Message::tensor_too_large, path, ir::max_tensor_bytes);
  return windows_of(*bytes, windows);
}

}  // namespace gradc::driver
