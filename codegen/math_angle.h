#pragma once
/// Reduction of angles, for sine and cosine.
#include "codegen/lanes.h"

namespace gradc::codegen {

/// An f64 number x = k π/2 + high + low with |high + low| ≤ π/4 (a little more is possible).
struct Angle {
  Real high, low;
  Bits quadrant;  ///< its low two bits are those of k
};

/// Precise for all finite x. Moves the builder to another block.
Angle reduce_by_half_pi(Real x);

}  // namespace gradc::codegen
