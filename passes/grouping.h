#pragma once
/// Which nodes become one kernel.
#include "passes/group_kernels.h"
#include "passes/groups.h"

namespace gradc::passes {

/// A node that `fuse` puts into a kernel. The others are places: inputs, views, tensors of
/// constants, results.
bool is_computed(const ir::Node& node);

/// Every computed node by itself, but constants of one number with their users.
Groups group_constants(const ir::Graph& graph, GroupKernels& kernels);

/// Groups that make the whole cheaper: starting with the pair that saves most bytes, two groups are
/// merged if one kernel can do the work of both and costs less than the two.
Groups group(const ir::Graph& graph, GroupKernels& kernels);

}  // namespace gradc::passes
