#pragma once
/// Graphs as pictures, in the language of Graphviz.
#include <string>

#include "ir/graph.h"
#include "ir/program.h"

namespace gradc::ir {

/// `digraph …`: a box per node with its name, op and type; the body of a `fused` node is a cluster.
std::string to_dot(const Graph& graph);
/// One digraph per entry.
std::string to_dot(const Program& program);

}  // namespace gradc::ir
