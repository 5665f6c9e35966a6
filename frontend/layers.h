#pragma once
/// Layers: instances, and what happens when one is applied.
#include <string_view>

#include "frontend/calls.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

/// `Dense(64)`: an instance, named `name` or else after its class.
Value construct(Elaboration&, const LayerClass& layer, const CallSite&, std::string_view name);

/// `instance(x)`: the body of the layer with fresh dims in the place of the pattern variables of
/// its signature; the result has the caller's dims again.
Value apply(Elaboration&, const Instance& instance, const CallSite&);

}  // namespace gradc::frontend
