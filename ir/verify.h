#pragma once
/// Checks what every graph must satisfy (README.md, "Invariants"). The findings are for us: a graph
/// that fails is our bug, whatever the user wrote.
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/program.h"

namespace gradc::ir {

/// What is wrong, one sentence each; empty when all is well. Nested graphs are checked too.
std::vector<std::string> verify(const Graph& graph);
/// Every entry, and that storage inputs and commits agree with the storage table.
std::vector<std::string> verify(const Program& program);

}  // namespace gradc::ir
