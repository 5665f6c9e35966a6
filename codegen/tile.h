#pragma once
/// The microkernel: a tile of sums in registers.
#include <optional>

#include "codegen/pack.h"

namespace gradc::codegen {

/// Numbers that will be needed soon: one from `first` on for `every` few k, `stride` elements
/// apart.
struct Ahead {
  llvm::Value* first;
  llvm::Value* stride;
  std::int64_t every;
};

/// Where the microkernel finds its factors, if it does not read them directly.
struct TileInputs {
  llvm::Value* x_block = nullptr;   ///< the tile's packed rows of x
  llvm::Value* y_panel = nullptr;   ///< the panel of y: the block's part, or all of a prepared one
  std::optional<Ahead> ahead = {};  ///< to fetch into the cache meanwhile
};

/// One tile: `rows` × `vectors` sums for `rows / inner_points` iterations of m from index `m` on,
/// and columns from index `n` on, over the block's k. `columns` says how many there really are.
struct Tile {
  llvm::Value* m;  ///< null if x has no loop
  llvm::Value* n;
  std::int64_t rows;
  unsigned vectors;
  std::int64_t columns;
};

/// Have the cache fetch what will be read; harmless at any address.
void prefetch(llvm::IRBuilderBase& builder, llvm::Value* place);

/// The scope at a row of a tile that begins with iteration `m`.
Scope at_row(const Body& body, const Contraction& c, const Scope& scope, llvm::Value* m,
             llvm::Value* row);

/// Add the products to `sums` (row by row, `vectors` each); the scope has fixed all loops but m,
/// those inside of it, n, and those of `k` from the split one on.
Carried emit_tile(Body& body, const Contraction& c, const Scope& scope, const Tile& tile,
                  const TileInputs& inputs, const KBlock& block, Carried sums);

/// The lanes of vector number `vector` of the tile that exist; null for all.
llvm::Value* tile_mask(Body& body, const Contraction& c, const Tile& tile, unsigned vector);

}  // namespace gradc::codegen
