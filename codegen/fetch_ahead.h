#pragma once
/// Which part of y a tile has the cache fetch for panels that come later.
#include "codegen/tile.h"

namespace gradc::codegen {

/// Tile number `tile` of `tiles` fetches its part of a prepared panel's block of k, which begins at
/// `next`.
Ahead fetch_prepared(Body& body, const Contraction& c, llvm::Value* next, llvm::Value* tile,
                     std::int64_t tiles);

/// The tiles of each panel fetch parts of the rows of y that the panel in its place in the next
/// group will be copied from; after the last group of `panels`, the next block of k comes. Fetching
/// too much at a time would make the microkernel wait. `tile` is the tile's number in the strip.
/// Nothing if y is not so regular.
std::optional<Ahead> fetch_ahead(Body& body, const Contraction& c, const Scope& scope,
                                 const Numbers& panels, const KBlock& block, llvm::Value* panel,
                                 llvm::Value* tile);

}  // namespace gradc::codegen
