#pragma once
/// One step of a recurrence, elaborated on stand-ins for what it reads, and made a scan.
#include "frontend/sequence_block.h"

namespace gradc::frontend {

/// Computes the recurrence's sequences into `block.sequences`; false after an error.
bool run_recurrence(SequenceBlock& block, const Recurrence& recurrence);

}  // namespace gradc::frontend
