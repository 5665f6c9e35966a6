#pragma once
/// The updates of a step: gradients, clipping, and the optimizer's text for every parameter.
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// Appends the updates of the parameters that the step trains; gives their slots. Without a loss,
/// which has been reported, the rest of the step is checked all the same.
std::vector<std::string> append_updates(Elaboration&, const Scope& model, const ast::Step&,
                                        const std::optional<Tensor>& loss);

/// Runs the optimizer's text for some parameter, to see what is wrong with it.
void rehearse_update(Elaboration&, const OptimizerClass&);

}  // namespace gradc::frontend
