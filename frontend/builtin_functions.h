#pragma once
/// The functions behind the table of builtins.cpp, one file per subject:
///   reductions.cpp   sums, means, products
///   parts.cpp        parts of tensors, and tensors of parts
///   places.cpp       places along dims: rows of a table, one-hot codes
///   windows.cpp      windows along dims: convolutions and poolings
///   filling.cpp      tensors made from dims: constants and random numbers
///   gradients.cpp    what looks at the graph
#include <cstddef>
#include <optional>
#include <string_view>

#include "frontend/calls.h"
#include "frontend/elaboration.h"

namespace gradc::frontend::builtin {

Value sum(Elaboration&, const CallSite&);
Value mean(Elaboration&, const CallSite&);
Value dot(Elaboration&, const CallSite&);
Value one_hot(Elaboration&, const CallSite&);
Value size(Elaboration&, const CallSite&);

Value split(Elaboration&, const CallSite&);
Value concat(Elaboration&, const CallSite&);
Value stack(Elaboration&, const CallSite&);
Value slice(Elaboration&, const CallSite&);
Value reverse(Elaboration&, const CallSite&);
Value transpose(Elaboration&, const CallSite&);
Value exactly(Elaboration&, const CallSite&);
Value gather(Elaboration&, const CallSite&);
Value flatten(Elaboration&, const CallSite&);

Value windows(Elaboration&, const CallSite&);
Value fold(Elaboration&, const CallSite&);
Value padded(Elaboration&, const CallSite&);
Value cropped(Elaboration&, const CallSite&);
Value item(Elaboration&, const CallSite&);
Value quotient(Elaboration&, const CallSite&);

Value zeros(Elaboration&, const CallSite&);
Value ones(Elaboration&, const CallSite&);
Value full(Elaboration&, const CallSite&);
Value index(Elaboration&, const CallSite&);
Value uniform(Elaboration&, const CallSite&);
Value normal(Elaboration&, const CallSite&);
Value orthogonal(Elaboration&, const CallSite&);
Value eye(Elaboration&, const CallSite&);

Value grad(Elaboration&, const CallSite&);
Value l2(Elaboration&, const CallSite&);

// What they share.

/// The dims behind `over`; none if there is no `over`.
std::optional<DimList> dims_over(Elaboration&, const CallSite&);
/// The argument as a tensor; reports what is none.
std::optional<Tensor> tensor_argument(Elaboration&, const CallSite&, std::size_t number);
/// Reports a call that is not like the usage of the builtin.
Value misused(Elaboration&, const CallSite&, std::string_view name);

}  // namespace gradc::frontend::builtin
