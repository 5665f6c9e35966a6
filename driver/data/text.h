#pragma once
/// Text as a language model of bytes sees it.
#include <optional>
#include <string>

#include "driver/data/files.h"
#include "frontend/model.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// The bytes of a file, plain or gzip, as u8[bytes], or as u8[examples, length] of windows.
std::optional<ir::Tensor> read_text(const std::string& path, const frontend::TextWindows& windows,
                                    ir::Location location, ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
