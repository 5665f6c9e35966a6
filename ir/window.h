#pragma once
/// Windows along the axes of a tensor: what a convolution and a pooling look at.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ir/attribute.h"

namespace gradc::ir {

/// Element k of window i along `axis` lies at start + i * stride + k * dilation. A negative
/// dilation reads a window backwards.
struct Window {
  std::int64_t axis = 0;
  std::int64_t start = 0;
  std::int64_t count = 0;  ///< how many windows
  std::int64_t stride = 1;
  std::int64_t size = 0;  ///< elements of a window
  std::int64_t dilation = 1;
};

/// The same windows behind a new first axis.
std::vector<Window> moved_on(std::vector<Window> windows);

/// Do all windows lie within an axis of that extent?
bool lie_inside(const Window& window, std::int64_t extent);

/// No element lies in two windows, and those of a window are neighbours.
bool lie_apart(const Window& window);

// As the attributes of the ops `windows` and `fold`: one list for each member.
std::vector<AttributeSpec> window_attributes();
Attributes to_attributes(std::span<const Window> windows);
/// Nothing if the lists differ in length.
std::optional<std::vector<Window>> to_windows(const Attributes& attributes);

}  // namespace gradc::ir
