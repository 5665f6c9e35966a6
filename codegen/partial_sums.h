#pragma once
/// Sums of a contraction that do not stay in registers: those of a tile until its results are
/// computed, or those of a strip from one block of k to the next.
#include <functional>

#include "codegen/contraction.h"
#include "codegen/flow.h"
#include "codegen/tile.h"

namespace gradc::codegen {

class PartialSums {
 public:
  /// Memory on the stack for `rows` rows of `row_length` numbers.
  PartialSums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
              std::int64_t rows, std::int64_t row_length);

  void clear();
  /// From now on, rows are counted from this one.
  void count_rows_from(llvm::Value* row) { first_row_ = row; }

  Carried load(const Tile& tile, llvm::Value* column);
  void store(const Tile& tile, llvm::Value* column, const Carried& sums);
  /// `lanes` of a row, from a column on.
  llvm::Value* load(llvm::Value* row, llvm::Value* column, unsigned lanes);

 private:
  llvm::Value* place(llvm::Value* row, llvm::Value* column);
  /// `visit` gets the number of each vector of the tile and its place in memory.
  void for_vectors_of(const Tile& tile, llvm::Value* column,
                      const std::function<void(std::size_t, llvm::Value*)>& visit);

  llvm::IRBuilderBase& builder_;
  unsigned lanes_;
  ir::DType dtype_;
  std::int64_t rows_, row_length_;
  llvm::Value* memory_;
  llvm::Value* first_row_;
};

/// Zeros for every vector of the tile, in registers.
Carried zero_sums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                  const Tile& tile);

}  // namespace gradc::codegen
