#pragma once
/// Before grouping: what is cheaper to repeat than to share.
#include "passes/rebuild.h"

namespace gradc::passes {

/// Does the node only say where elements come from (broadcast, transpose, slice, cast, iota, a
/// constant of one number)? In a kernel that is a way of reading, which costs nothing.
bool is_data_movement(const ir::Graph& graph, ir::NodeId node);

/// Every user gets its own copy of the data movement it reads through (with `only_constants`, of
/// constants only), so that each can be in the kernel of its user. Also brings constants into the
/// form that `fuse` promises: never under a reshape, and returned only through a kernel that writes
/// them.
ir::Graph with_own_copies(const ir::Graph& graph, bool only_constants, Context& context);

}  // namespace gradc::passes
