#pragma once
/// The microkernel: a tile of sums in registers.
#include "codegen/pack.h"

namespace gradc::codegen {

/// Where the microkernel finds its factors.
struct TileInputs {
  llvm::Value* x_block = nullptr;  ///< packed rows of x, if they are packed
  llvm::Value* y_panel = nullptr;  ///< the packed panel, if y is packed
};

/// One tile: `rows` × `vectors` sums for rows from index `m` and columns from index `n` on, over
/// the block's k. `columns` says how many there really are.
struct Tile {
  llvm::Value* m;
  llvm::Value* n;
  std::int64_t rows;
  unsigned vectors;
  std::int64_t columns;
};

/// Add the products to `sums` (row by row, `vectors` each); the scope has fixed all loops but m, n
/// and those of `k` from the split one on.
Carried emit_tile(Body& body, const Contraction& c, const Scope& scope, const Tile& tile,
                  const TileInputs& inputs, const KBlock& block, Carried sums);

/// The lanes of vector number `vector` of the tile that exist; null for all.
llvm::Value* tile_mask(Body& body, const Contraction& c, const Tile& tile, unsigned vector);

}  // namespace gradc::codegen
