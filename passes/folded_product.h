#pragma once
/// The fold of a product as convolutions.
#include "ir/value.h"

namespace gradc::passes {

/// fold(contract(a, b)), or a slice of it that takes every element of a range, as one convolution
/// per residue class of the strides; empty if the factors do not fit.
ir::Value unfolded(ir::Value y);

}  // namespace gradc::passes
