#pragma once
/// Pieces of work: points of some of a nest's loops, times parts of others.
#include <functional>

#include "codegen/body.h"
#include "codegen/flow.h"
#include "codegen/task_frame.h"

namespace gradc::codegen {

/// The point of a piece: a scope inside its loops, and the numbers of its parts.
struct Piece {
  Scope scope;
  llvm::Value* across;  ///< part number along one direction
  llvm::Value* down;    ///< and along the other, which changes fastest
  llvm::Value* number;  ///< of the piece itself
};

/// Pieces are numbered like the elements of a tensor with these axes: `outer` loops, parts across,
/// `inner` loops, parts down.
struct PieceAxes {
  std::vector<std::size_t> outer;
  std::int64_t across = 1;
  std::vector<std::size_t> inner = {};
  std::int64_t down = 1;
};

/// Visit the task's pieces.
void for_pieces(Body& body, const TaskFrame& frame, const Scope& outside, const PieceAxes& axes,
                const std::function<void(Piece)>& visit);

}  // namespace gradc::codegen
