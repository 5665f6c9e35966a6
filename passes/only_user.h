#pragma once
/// The one reader of a value, where a pass may do what only that one sees.
#include <optional>

#include "ir/graph.h"
#include "ir/node_map.h"

namespace gradc::passes {

/// The only live node that uses `node`, once; nothing if there are none or several.
std::optional<ir::NodeId> only_user(const ir::Graph& graph, const ir::NodeSet& live,
                                    ir::NodeId node);

}  // namespace gradc::passes
