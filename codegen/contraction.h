#pragma once
/// Kernels that sum products: c[b, m, n] = epilogue(Σ over k of x[b, m, k] · y[b, k, n]). Matrix
/// products are, and so are convolutions and the gradients of both: only the loops' roles count. No
/// LLVM here: this file recognises a contraction and decides how it is cut into tiles.
#include <cstdint>
#include <optional>
#include <vector>

#include "codegen/nest.h"
#include "codegen/target.h"

namespace gradc::codegen {

/// How the microkernel gets at a factor.
enum class Supply {
  direct,  ///< it reads the operand where it lies
  packed,  ///< it reads a copy in the order it needs
};

struct Contraction {
  ir::ScalarId reduction;
  ir::ScalarId x, y;  ///< the factors: expressions over loads. y has the vector loop

  // Roles of the loops. Of the loops of each factor one is cut into tiles, the others are walked.
  std::vector<std::size_t> batch;    ///< in both factors
  std::vector<std::size_t> x_outer;  ///< in x only
  std::vector<std::size_t> y_outer;  ///< in y only
  std::vector<std::size_t> k;        ///< summed over
  std::size_t m, n;                  ///< the tiled loop of x, and the vector loop, of y
  std::int64_t m_extent, n_extent;

  // The tile: rows × vectors accumulators in registers.
  std::int64_t rows = 1;
  unsigned vectors = 1;
  unsigned lanes = 1;
  std::int64_t columns() const { return std::int64_t{vectors} * lanes; }

  Supply x_supply = Supply::direct, y_supply = Supply::direct;
  /// Packed x: all rows' numbers for one k side by side, not all numbers of a row.
  bool packs_x_by_columns = false;

  // Blocks. A strip of some rows and columns is a piece of work; its sums go over k in blocks, of
  // which the part of x that belongs to a tile stays in the first-level cache, and the part of y
  // in the second-level cache.
  std::int64_t strip_rows = 1;     ///< a multiple of rows
  std::int64_t strip_columns = 0;  ///< a multiple of columns(), or all
  std::size_t k_split = 0;         ///< position in `k` of the loop that is cut
  std::int64_t k_block = 0;        ///< its iterations per block

  std::int64_t panels() const;         ///< of `columns()` columns, the last one may be narrower
  std::int64_t strips_down() const;    ///< along m
  std::int64_t strips_across() const;  ///< along n
  std::int64_t pieces(const Nest& nest) const;
  std::int64_t k_points(const Nest& nest) const;        ///< the length of the sum
  std::int64_t k_block_points(const Nest& nest) const;  ///< the most summed in a block
  std::int64_t k_blocks(const Nest& nest) const;
  std::int64_t packed_y_bytes(const Nest& nest) const;  ///< 0 if y is read directly

  double cycles = 0;  ///< estimate
};

/// Nothing if the nest is no sum of products, or one so small or so narrow that plain loops are
/// better. `keeps_y`: a copy of y serves more than one call, which always pays.
std::optional<Contraction> find_contraction(const Nest& nest, const Target& target,
                                            bool keeps_y = false);

}  // namespace gradc::codegen
