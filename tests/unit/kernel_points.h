#pragma once
/// The points of a kernel, one after the other: which elements they read and write, and when.
#include <algorithm>
#include <optional>
#include <vector>

#include "ir/kernel.h"

namespace gradc::passes {

/// Every point of the loops from `first` to `last`, the last loop fastest.
template <typename F>
void for_each_point(const ir::Kernel& kernel, std::size_t first, std::size_t last,
                    std::vector<std::int64_t>& point, F f) {
  if (first == last) return f();
  for (point[first] = 0; point[first] < kernel.extents[first]; ++point[first])
    for_each_point(kernel, first + 1, last, point, f);
  point[first] = 0;
}

/// The number of the element at a point; nothing outside, and -1 if only the running program
/// knows.
inline std::optional<std::int64_t> element(const ir::Coordinates& coordinates,
                                           const ir::Shape& shape,
                                           const std::vector<std::int64_t>& point) {
  std::int64_t out = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const ir::Coordinate& c = coordinates[axis];
    if (c.indirect != ir::no_scalar) return -1;
    std::int64_t at = c.affine.constant;
    for (std::size_t loop = 0; loop < point.size(); ++loop)
      at += c.affine.coefficient(loop) * point[loop];
    if (at % c.divisor != 0 || at / c.divisor < 0 || at / c.divisor >= shape[axis])
      return std::nullopt;
    out = out * shape[axis] + at / c.divisor;
  }
  return out;
}

/// Is it written inside the reduction loops?
inline bool varies(const ir::Kernel& kernel, const ir::Staging& staging, const ir::Output& output) {
  for (const ir::Coordinate& c : output.coordinates)
    for (std::size_t loop = kernel.parallel; loop < kernel.extents.size(); ++loop)
      if (c.affine.coefficient(loop) != 0) return true;
  return staging.varies[output.value];
}

/// The last walk over the reduction loops that anything asks for.
inline int last_pass_of(const ir::Kernel& kernel, const ir::Staging& staging) {
  int last = staging.passes - 1;
  for (const ir::Output& output : kernel.outputs)
    if (varies(kernel, staging, output)) last = std::max(last, staging.stage[output.value]);
  return last;
}

}  // namespace gradc::passes
