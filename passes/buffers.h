#pragma once
/// What lies in memory, seen from the graph: views have the memory of what they view.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/node_map.h"

namespace gradc::passes {

/// Does running the node take time? The others say where values are: input, constant, reshape,
/// result, return.
bool is_kernel(const ir::Node& node);

/// The node whose memory a value lies in: `reshape` is followed to what it views.
ir::NodeId buffer_of(const ir::Graph& graph, ir::NodeId value);

/// The kernel that writes a buffer; nothing for inputs and constants.
std::optional<ir::NodeId> writer_of(const ir::Graph& graph, ir::NodeId buffer);

/// The buffers that a kernel writes: itself, or its `result` nodes if it has several results.
std::vector<ir::NodeId> buffers_written(const ir::Graph& graph, ir::NodeId kernel);

/// The buffers that a kernel reads, each once, ascending.
std::vector<ir::NodeId> buffers_read(const ir::Graph& graph, ir::NodeId kernel);

/// For each buffer, the kernels that read it, each once, ascending.
ir::NodeMap<std::vector<ir::NodeId>> readers_of(const ir::Graph& graph);

/// What an entry leaves behind: an output, or the new value of a storage slot.
struct Outcome {
  ir::NodeId buffer;
  bool commits;
  std::string slot;         ///< if it commits
  std::int64_t output = 0;  ///< the number among the outputs, if it does not
};
std::vector<Outcome> outcomes(const ir::Graph& graph);

/// The `input` node that reads a storage slot; nothing if the graph does not read it.
std::optional<ir::NodeId> find_slot(const ir::Graph& graph, const std::string& slot);

}  // namespace gradc::passes
