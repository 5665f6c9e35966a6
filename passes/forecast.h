#pragma once
/// Does the gradient of a recurrence vanish or explode? Told before anything runs.
#include "ir/diagnostics.h"
#include "ir/program.h"

namespace gradc::passes {

/// Reports recurrences of training steps that cannot but let their gradient vanish as the model is
/// initialised, and those that are likely to let it explode. The program is the frontend's.
void forecast_gradients(const ir::Program& program, ir::Diagnostics& diagnostics);

}  // namespace gradc::passes
