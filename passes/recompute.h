#pragma once
/// Which kernels compute again what others computed before, rather than read it.
#include <vector>

#include "passes/group_kernels.h"
#include "passes/groups.h"

namespace gradc::passes {

/// The kernel of every group, by its number; a kernel without results need not run. Groups of nodes
/// that are not computed have none.
std::vector<KernelNodes> kernels_of_groups(const ir::Graph& graph, const Groups& groups);

/// The same with less traffic between kernels.
std::vector<KernelNodes> recompute(const ir::Graph& graph, const Groups& groups,
                                   GroupKernels& facts);

}  // namespace gradc::passes
