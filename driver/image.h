#pragma once
/// Pictures of tensors, as PNG.
#include <optional>
#include <string_view>

#include "driver/data/files.h"
#include "ir/tensor.h"

namespace gradc::driver {

/// How a tensor of numbers from 0 (black) to 1 is read as pictures: f[N, H, W], f[N, 1, H, W] grey,
/// f[N, 3, H, W] red, green and blue, f[N, S * S] square and grey.
struct Pictures {
  std::int64_t count, channels, height, width;
};
/// Nothing if the type is none of these.
std::optional<Pictures> pictures_of(const ir::Type& type);

/// All of them side by side in a sheet that is about as wide as high. The same numbers give the
/// same bytes.
Bytes png_sheet(const ir::Tensor& tensor, const Pictures& pictures);

}  // namespace gradc::driver
