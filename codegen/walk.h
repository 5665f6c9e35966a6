#pragma once
/// How a nest that is a map or a reduction is walked through: the vector loop, the order of the
/// others, and what one piece of work for a thread is. A choice by cost, over shapes and target
/// facts only; no LLVM here.
#include <optional>

#include "codegen/nest.h"
#include "codegen/target.h"

namespace gradc::codegen {

struct Walk {
  /// A parallel loop: a lane is an element of the result. A reduction loop: lanes are partial
  /// results, combined at the end in a fixed tree. None: one point at a time.
  std::optional<std::size_t> vector_loop;
  unsigned lanes = 1;   ///< a power of two
  unsigned unroll = 1;  ///< vectors that are computed side by side

  /// If not 0, the lanes are columns, and whole rows go by as they lie in memory (columns.h): so
  /// many columns have their sums on the stack, so many rows are added at once.
  std::int64_t columns = 0;
  unsigned rows = 1;

  /// The points of the reduction loops are few: they are computed side by side, and what one pass
  /// has computed is there for the next ones.
  bool is_window = false;

  std::vector<std::size_t> head;      ///< parallel loops whose points, and …
  std::int64_t block = 0;             ///< … blocks of the vector loop (0: all of it) are the pieces
  std::vector<std::size_t> parallel;  ///< the other parallel loops, without the vector loop
  std::vector<std::size_t> reduction;  ///< the reduction loops, the vector loop last if it is one
  /// Loops of so few points in all are written out.
  std::int64_t written_out = 1;

  std::int64_t pieces = 1;
  double cycles = 0;  ///< estimate of the whole kernel
};

Walk choose_walk(const Nest& nest, const Target& target);

/// Cycles of a body's instructions per vector.
double cost_of(const ir::Instruction& instruction);

}  // namespace gradc::codegen
