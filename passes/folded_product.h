#pragma once
/// The fold of a product as convolutions.
#include "ir/value.h"

namespace gradc::passes {

bool is_fold(const ir::Node& node);

/// fold(contract(a, b)), or a slice of it that takes every element of a range, as one convolution
/// per residue class of the strides; empty if the factors do not fit, or if no windows overlap:
/// then the product is as small as its fold.
ir::Value unfolded(ir::Value y);

}  // namespace gradc::passes
