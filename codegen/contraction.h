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
  direct,    ///< it reads the operand where it lies
  packed,    ///< it reads a copy of the part it needs, in the order it needs, made just before
  prepared,  ///< the same of all of the factor, made by a task of its own for several calls
};

struct Contraction {
  ir::ScalarId reduction;
  ir::ScalarId x, y;  ///< the factors: expressions over loads. y has the vector loop

  // Roles of the loops.
  std::vector<std::size_t> batch;    ///< in both factors
  std::vector<std::size_t> y_outer;  ///< in y only, walked
  std::vector<std::size_t> k;        ///< summed over
  std::size_t n;                     ///< in y only: the vector loop, cut into panels
  std::vector<std::size_t> x_outer;  ///< in x only, walked: each of its points has tiles of its own
  std::optional<std::size_t> m;      ///< in x only, cut into tiles; none if x has no loop
  std::vector<std::size_t> x_inner;  ///< in x only: every tile has all of their points
  std::int64_t n_extent, m_extent = 1, inner_points = 1;

  // The tile: rows × vectors accumulators in registers.
  std::int64_t tile_m = 1;  ///< iterations of m
  unsigned vectors = 1;
  unsigned lanes = 1;
  std::int64_t rows() const { return tile_m * inner_points; }
  std::int64_t columns() const { return std::int64_t{vectors} * lanes; }

  Supply x_supply = Supply::direct, y_supply = Supply::direct;
  /// Packed x: all rows' numbers for one k side by side, not all numbers of a row.
  bool packs_x_by_columns = false;

  // Blocks. A strip of some tiles and panels is a piece of work. Its sums go over k in blocks, of
  // which a panel of y stays in the first-level cache while all tiles use it, and x in the second.
  std::size_t k_split = 0;       ///< position in `k` of the loop that is cut
  std::int64_t k_block = 0;      ///< its iterations per block
  std::int64_t strip_tiles = 1;  ///< of row_tiles()
  std::int64_t strip_panels = 1;
  std::int64_t group_panels = 1;  ///< of y that are copied at a time
  /// Prepared panels come from the third-level cache: tiles have the next ones fetched.
  bool fetches_panels = false;
  /// Pieces that share the blocks of k of a strip, if there are too few strips for threads: each
  /// has sums of its own, and another task adds them up.
  std::int64_t k_parts = 1;
  /// Pieces with the same rows are neighbours, not those with the same panels of y, which is small:
  /// a thread that has the same rows of every kernel finds them in its caches.
  bool is_by_rows = false;

  std::int64_t m_tiles() const;                    ///< along m; the last one may be lower
  std::int64_t row_tiles(const Nest& nest) const;  ///< along m and x_outer
  std::int64_t panels() const;  ///< of `columns()` columns; the last may be narrower
  std::int64_t strips_down(const Nest& nest) const;
  std::int64_t strips_across() const;
  std::int64_t strips(const Nest& nest) const;
  std::int64_t pieces(const Nest& nest) const { return strips(nest) * k_parts; }

  std::int64_t k_points(const Nest& nest) const;        ///< the length of the sum
  std::int64_t k_block_points(const Nest& nest) const;  ///< the most summed in a block
  std::int64_t k_blocks(const Nest& nest) const;

  // Memory, in elements: of y if it is prepared, and for each piece of its packed rows of x, its
  // packed panels of y, and its sums, if there is more than one block of k. A piece that needs
  // little has it on the stack.
  std::int64_t prepared_panels(const Nest& nest) const;
  std::int64_t panel_size(const Nest& nest) const { return k_points(nest) * columns(); }
  /// Of a tile's packed rows, in whole rows of a panel for the sake of alignment, and one more,
  /// because caches like odd distances.
  std::int64_t x_tile_size(const Nest& nest) const;
  std::int64_t x_block_size(const Nest& nest) const;
  std::int64_t y_block_size(const Nest& nest) const;
  std::int64_t sums_size(const Nest& nest) const;
  std::int64_t piece_size(const Nest& nest) const;  ///< all three
  bool pieces_use_scratch(const Nest& nest) const;
  std::int64_t scratch_bytes(const Nest& nest) const;

  // Estimates, in cycles.
  double cycles = 0;
  double adding_parts(const Nest& nest) const;  ///< of the sums, if pieces share their blocks
};

/// The product of the loops' extents.
std::int64_t points_of(const std::vector<std::size_t>& loops, const Nest& nest);

/// Nothing if the nest is no sum of products, or one so small or so narrow that plain loops are
/// better. `keeps_y`: a copy of y serves more than one call, which always pays.
std::optional<Contraction> find_contraction(const Nest& nest, const Target& target,
                                            bool keeps_y = false);

}  // namespace gradc::codegen
