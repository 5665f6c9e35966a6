#pragma once
/// A limit for the memory that a program works in.
#include <cstdint>
#include <optional>

#include "passes/pipeline.h"

namespace gradc::passes {

/// The options with the checkpointing that costs least among those with which every arena has at
/// most `bytes`; reports if none has.
std::optional<Options> fitting(const ir::Program& program, Options options, std::int64_t bytes,
                               ir::Diagnostics& diagnostics);

}  // namespace gradc::passes
