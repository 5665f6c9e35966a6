#pragma once
/// Values become tensors of a type.
#include <optional>
#include <string_view>

#include "frontend/elaboration.h"

namespace gradc::frontend {

/// The value as a tensor of this type: numbers fill it, smaller tensors are repeated along the dims
/// they lack. Reports what does not fit, as `what`: "the result".
std::optional<Tensor> coerce(Elaboration&, const Value& value, ir::DType dtype, const DimList& dims,
                             Location location, std::string_view what);
/// The same for a number, or for a tensor whose dims are known to be among `dims`.
std::optional<Tensor> converted(Elaboration&, const Value& value, ir::DType dtype,
                                const DimList& dims, Location location);

/// A tensor with dims of its own: numbers become scalars, lists get anonymous dims.
std::optional<Tensor> to_tensor(Elaboration&, const Value& value, Location location);
/// The same, but never weak.
std::optional<Tensor> to_strong_tensor(Elaboration&, const Value& value, Location location);

/// A tensor of one number.
Tensor filled(Elaboration&, ir::DType dtype, const DimList& dims, double number);
Tensor cast(Elaboration&, const Tensor& tensor, ir::DType dtype);

/// `x` along `dims`, which hold all of its dims, none of them twice: transposed and repeated.
Tensor aligned(Elaboration&, const Tensor& x, const DimList& dims);

/// The dim of `dims` that occurs twice; null if none does.
const Dim* repeated_dim(const DimList& dims);
/// A dim that is not among those of `larger`.
std::optional<Dim> dim_missing_from(const DimList& dims, const DimList& larger);

}  // namespace gradc::frontend
