#pragma once
/// Options about loops over time: a word or a number of steps.
#include "passes/pipeline.h"

namespace CLI {
class App;
}

namespace gradc::driver {

/// `--unroll=auto|none|full|N` and `--checkpoint=none|auto|N`.
void add_loop_options(CLI::App& app, passes::Options& options);

}  // namespace gradc::driver
