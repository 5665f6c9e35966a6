#pragma once
/// The tasks of a contraction: copy y into panels if need be, compute strips of the result,
/// and finish those that were shared.
#include "codegen/contraction.h"
#include "codegen/tasks.h"

namespace gradc::codegen {

std::vector<Task> emit_contraction_tasks(llvm::Module& module, const Target& target,
                                         const Machine& machine, const ir::Kernel& kernel,
                                         const Nest& nest, const Contraction& contraction,
                                         const std::string& name);

}  // namespace gradc::codegen
