#include "codegen/factor.h"

namespace gradc::codegen {

Factor factor_of(const Nest& nest, ir::ScalarId id) {
  Factor out;
  const std::vector<const Address*> loads = loads_behind(nest, id);
  if (nest.body[id].op == ir::ScalarOp::load && loads.back()->checks.empty())
    out.bare = loads.back();
  for (std::size_t loop = 0; loop < nest.extents.size(); ++loop) {
    bool lies = true, moves = true;
    for (const Address* address : loads) {
      const Motion along = motion(nest, *address, loop);
      lies = lies && (along == Motion::contiguous || along == Motion::none);
      moves = moves && along == Motion::contiguous;
    }
    out.lies_along.push_back(lies);
    out.moves_along.push_back(moves);
  }
  return out;
}

}  // namespace gradc::codegen
