#pragma once
/// What lies in memory, seen from the graph: views have the memory of what they view.
#include <optional>
#include <vector>

#include "ir/node_map.h"

namespace gradc::passes {

/// Does running the node take time? The others say where values are: input, constant, reshape,
/// result, return.
bool is_kernel(const ir::Node& node);

/// The node whose memory a value lies in: `reshape` is followed to what it views, and of several
/// `result` nodes that read the same result it is the first.
ir::NodeId buffer_of(const ir::Graph& graph, ir::NodeId value);

/// The kernel that writes a buffer; nothing for inputs and constants.
std::optional<ir::NodeId> writer_of(const ir::Graph& graph, ir::NodeId buffer);

/// The buffers that hold the results of a kernel, by number: itself, or its `result` nodes if it
/// has several results. Nothing for a result of a loop that nobody reads.
std::vector<std::optional<ir::NodeId>> result_buffers(const ir::Graph& graph, ir::NodeId kernel);

/// Those that there are.
std::vector<ir::NodeId> buffers_written(const ir::Graph& graph, ir::NodeId kernel);

/// The buffers that a kernel reads, each once, ascending.
std::vector<ir::NodeId> buffers_read(const ir::Graph& graph, ir::NodeId kernel);

/// For each buffer, the kernels that read it, each once, ascending.
ir::NodeMap<std::vector<ir::NodeId>> readers_of(const ir::Graph& graph);

}  // namespace gradc::passes
