#pragma once
/// In which order a training run reads its examples.
#include <cstdint>
#include <string_view>
#include <vector>

#include "ir/program.h"

namespace gradc::driver {

/// Does the step carry states from call to call? Then every batch goes on where the one before has
/// ended, and shuffled examples would mix up what follows what.
bool carries_stream(const ir::Program& program, std::string_view step);

/// The numbers [0, count) for batches of `rows` streams: row r of the batches goes through the r-th
/// part of the examples, one after the other. What does not fill a batch is left out.
std::vector<std::int64_t> in_streams(std::int64_t count, std::int64_t rows);

}  // namespace gradc::driver
