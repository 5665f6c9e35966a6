#pragma once
/// When a kernel's result may overwrite one of its operands.
#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "ir/kernel.h"

namespace gradc::passes {

/// Every read of the operands `overwritten` is of the element that result number `result` writes at
/// the same point, in the same pass over the reduction loops or an earlier one.
bool may_overwrite(const ir::Kernel& kernel, std::size_t result,
                   const std::vector<std::uint32_t>& overwritten);

/// The same of buffers: may `result` of the group `node`, whose kernel is given, lie where `buffer`
/// does?
bool may_overwrite(const ir::Graph& graph, ir::NodeId node, const ir::Kernel& kernel,
                   ir::NodeId result, ir::NodeId buffer);

}  // namespace gradc::passes
