#pragma once
/// Which whole numbers a model can be given: labels and tokens count places along an axis.
#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace gradc::driver {

/// For each `input` node of a graph of kernels, in order, the number of values from 0 that are
/// places along every axis it chooses from; 1 if it is not seen to choose anything.
std::vector<std::int64_t> index_bounds(const ir::Graph& graph);

}  // namespace gradc::driver
