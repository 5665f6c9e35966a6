#pragma once
/// Tensors as a person writes and reads them: `2x3xf32=1 2 3 4 5 6`.
#include <optional>
#include <string>
#include <string_view>

#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// The value `text` stands for: extents and element type, then the elements; or the name of a data
/// file.
std::optional<ir::Tensor> parse_value(std::string_view text, ir::Diagnostics& diagnostics);

/// Elements in nested brackets, shortened in the middle of long axes: `[[1, 2], [3, 4]]`.
std::string value_text(const ir::Tensor& tensor);

}  // namespace gradc::driver
