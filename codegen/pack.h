#pragma once
/// Copies of a contraction's factors in the order in which the microkernel reads them, made through
/// whatever the factor is: any pattern of access, padding, an expression.
#include "codegen/body.h"
#include "codegen/contraction.h"
#include "codegen/flow.h"

namespace gradc::codegen {

/// Which part of a loop is meant; null for all of it.
struct KBlock {
  llvm::Value* first = nullptr;  ///< of the split loop
  llvm::Value* last = nullptr;
};

/// The range of loop number `position` of the contraction's `k`.
Range k_range(llvm::IRBuilderBase& builder, const Contraction& c, const Nest& nest,
              std::size_t position, const KBlock& block);

/// Row-major number of the scope's point in the loops `k` from position `from` on, where the split
/// loop starts at the block's first iteration.
llvm::Value* k_number(llvm::IRBuilderBase& builder, const Contraction& c, const Nest& nest,
                      const Scope& scope, std::size_t from, const KBlock& block);

/// From `first` below `last`; only the first one if that is null.
struct Numbers {
  llvm::Value* first;
  llvm::Value* last;
};

/// Panels of y to `to`, one behind the other, for the block's k: for each k, `columns` numbers.
/// Columns beyond the end hold something, no matter what. `body` has the vector loop n, `k_body`
/// the last loop of k. A prepared panel has every k, and no block.
void pack_y_panels(Body& body, Body& k_body, const Contraction& c, const Scope& scope,
                   const Numbers& panels, const KBlock& block, llvm::Value* to);

/// `rows` rows of x from index `m` on, for the block's k, to `to`: row by row or column by column,
/// as `c` says. The vector loop of `x_body` is the one that numbers side by side belong to.
void pack_x_rows(Body& x_body, const Contraction& c, const Scope& scope, llvm::Value* m,
                 std::int64_t rows, const KBlock& block, llvm::Value* to);

/// The same for tiles that lie one below the other and are all of full height, column by column: a
/// few tiles at a time, because their rows lie side by side in x.
void pack_x_tiles(Body& m_body, const Contraction& c, const Scope& scope, const Numbers& tiles,
                  const KBlock& block, llvm::Value* to);

}  // namespace gradc::codegen
