#pragma once
/// From a group of ops to one kernel.
#include <optional>

#include "ir/graph.h"
#include "ir/kernel.h"

namespace gradc::ir {

/// The kernel that computes all of `body` (a `fused` node's): its inputs are the kernel's operands,
/// its results the kernel's outputs, both in order. Nothing if the body does not fit one loop nest:
/// `fuse` asks this before it makes a group.
std::optional<Kernel> compose(const Graph& body);

}  // namespace gradc::ir
