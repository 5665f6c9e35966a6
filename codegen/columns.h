#pragma once
/// Sums down the columns of a matrix, with the rows as they lie in memory: some whole rows go by,
/// and each vector of them is added to its columns' sums, which wait on the stack.
///
///   rows     x x x x | x x x x | x x x x | ..
///            x x x x | x x x x | x x x x | ..     some at once
///   sums     s s s s | s s s s | s s s s | ..
#include <functional>

#include "codegen/reduce.h"
#include "codegen/walk.h"

namespace gradc::codegen {

struct ColumnVisits {
  /// The same columns of some rows: all that they need is computed and added up afterwards.
  std::function<void(std::vector<Scope>&)> points;
  /// Columns whose sums are complete.
  std::function<void(Scope&)> results;
};

/// The columns [first, last) (i64) of the walk's vector loop. `roots` are computed as soon as
/// possible.
void emit_columns(Body& body, const Walk& walk, const Scope& scope, llvm::Value* first,
                  llvm::Value* last, const std::vector<ir::ScalarId>& roots,
                  const ColumnVisits& visits);

}  // namespace gradc::codegen
