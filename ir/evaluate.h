#pragma once
/// The reference interpreter: slow, obvious, the definition of correct.
#include <span>
#include <vector>

#include "ir/graph.h"
#include "ir/tensor.h"

namespace gradc::ir {

/// The operands of `return`, in order. `inputs` are the values of the graph's inputs in id order,
/// those that read storage included. There must be no `gradient` left on the way to `return`.
std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> inputs);

}  // namespace gradc::ir
