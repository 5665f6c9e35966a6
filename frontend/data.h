#pragma once
/// `data` and `train`: what the driver needs to know to train the model.
#include "frontend/elaboration.h"
#include "frontend/entries.h"

namespace gradc::frontend {

/// Reads all `data` blocks. Values that are written in the file, or computed from nothing, are
/// evaluated.
void elaborate_data(Elaboration&, const ModelRun&, const ast::Block& model);

/// Reads the `train` block, if there is one.
void elaborate_train(Elaboration&, const ModelRun&, const ast::Block& model);

}  // namespace gradc::frontend
