#pragma once
/// Walking the vector loop: whole vectors, then what is left, masked or point by point.
#include <functional>

#include "codegen/body.h"
#include "codegen/flow.h"

namespace gradc::codegen {

struct VectorRange {
  llvm::Value* first;
  llvm::Value* last;
  unsigned lanes = 1;
  unsigned unroll = 1;  ///< vectors side by side
  bool whole = false;   ///< last - first is known to be a multiple of `lanes`
  std::int64_t written_out = 1;
  llvm::Value* origin = nullptr;  ///< added to every index: lets first and last be constants
};

/// Calls `visit` with scopes inside the vector loop: `unroll` vectors side by side as often as
/// possible, then single vectors, then a masked one or single points, as the machine likes it.
Carried for_vectors(Body& body, const Scope& scope, const VectorRange& range, Carried carried,
                    const std::function<Carried(std::vector<Scope>, Carried)>& visit);

}  // namespace gradc::codegen
