#pragma once
/// Copies that happen as if at once.
#include <functional>
#include <vector>

#include "passes/plan_memory.h"

namespace gradc::passes {

/// An order of copies after which every `to` has what its `from` had before the first of them. All
/// `to` differ. When places swap their values, one is put aside first: `put_aside(bytes)` says
/// where.
std::vector<Copy> sequence(std::vector<Copy> moves,
                           const std::function<Place(std::int64_t)>& put_aside);

}  // namespace gradc::passes
