#include "driver/data/text.h"

#include <algorithm>

namespace gradc::driver {

std::optional<ir::Tensor> read_text(const std::string& path, ir::Location location,
                                    ir::Diagnostics& diagnostics) {
  const std::optional<Bytes> bytes = read_unzipped_file(path, location, diagnostics);
  if (!bytes) return std::nullopt;
  ir::Tensor tensor(ir::Type{ir::DType::u8, {std::ssize(*bytes)}});
  std::ranges::copy(*bytes, tensor.data());
  return tensor;
}

}  // namespace gradc::driver
