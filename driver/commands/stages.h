#pragma once
/// A program as text, at the stages `--emit` can show.
#include <optional>
#include <string>
#include <string_view>

#include "ir/program.h"
#include "passes/plan.h"

namespace gradc::driver {

/// How a stage is shown that is a graph: its text form, a picture, or the kernels it computes.
using ProgramText = std::string (*)(const ir::Program&);
/// "graph", "dot", "kernels"; null for others.
ProgramText find_program_text(std::string_view kind);

/// Where everything lies and in which order it is computed: one line per node.
std::string plan_text(const passes::Plan& plan);

}  // namespace gradc::driver
