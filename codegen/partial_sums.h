#pragma once
/// Sums of a tile that do not stay in registers: until its results are computed, or from one block
/// of k to the next.
#include <functional>

#include "codegen/contraction.h"
#include "codegen/flow.h"
#include "codegen/tile.h"

namespace gradc::codegen {

/// Row after row of a tile, `columns()` numbers each, wherever they are put.
class PartialSums {
 public:
  /// With several `parts`, which lie `distance` numbers apart, the sums are the sums of those.
  PartialSums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
              llvm::Value* memory, std::int64_t parts = 1, std::int64_t distance = 0);

  Carried load(const Tile& tile);
  void store(const Tile& tile, const Carried& sums);
  /// Have the cache fetch the sums of the tile behind this one.
  void fetch_next(const Tile& tile);
  /// `lanes` of a row, from a column on.
  llvm::Value* load(llvm::Value* row, llvm::Value* column, unsigned lanes);

 private:
  llvm::Value* place(llvm::Value* row, llvm::Value* column);
  /// `visit` gets the number of each vector of the tile and its place in memory.
  void for_vectors_of(const Tile& tile,
                      const std::function<void(std::size_t, llvm::Value*)>& visit);

  llvm::IRBuilderBase& builder_;
  const Contraction& c_;
  ir::DType dtype_;
  llvm::Value* memory_;
  std::int64_t parts_, distance_;
};

/// Zeros for every vector of the tile, in registers.
Carried zero_sums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                  const Tile& tile);

}  // namespace gradc::codegen
