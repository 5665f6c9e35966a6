#include "codegen/contraction.h"

#include <algorithm>

#include "codegen/contraction_tiling.h"

namespace gradc::codegen {

namespace {

/// Products; below, loops that are written out win.
constexpr std::int64_t smallest_worth_tiling = 4096;
constexpr std::int64_t most_stack_bytes = 96 << 10;  // of a piece

/// The only reduction, if it sums floating-point products.
std::optional<ir::ScalarId> only_sum_of_products(const Nest& nest) {
  std::optional<ir::ScalarId> out;
  for (ir::ScalarId id = 0; id < nest.body.size(); ++id) {
    if (!is_reduction(nest.body[id].op)) continue;
    if (out) return std::nullopt;
    out = id;
  }
  if (!out) return std::nullopt;
  const ir::Instruction& sum = nest.body[*out];
  const bool multiplies = nest.body[sum.arguments[0]].op == ir::ScalarOp::mul;
  if (sum.op != ir::ScalarOp::reduce_add || !is_float(sum.dtype) || !multiplies)
    return std::nullopt;
  return out;
}

/// Parallel loops by the factors that index them; nothing if one of them indexes neither.
struct Sides {
  std::vector<std::size_t> both, first, second;
};
std::optional<Sides> sides_of(const Nest& nest, ir::ScalarId first, ir::ScalarId second) {
  Sides out;
  for (std::size_t loop = 0; loop < nest.parallel; ++loop) {
    const bool in_first = nest.loops[first].contains(loop);
    const bool in_second = nest.loops[second].contains(loop);
    if (!in_first && !in_second) return std::nullopt;
    (in_first && in_second ? out.both : in_first ? out.first : out.second).push_back(loop);
  }
  return out;
}

std::vector<std::size_t> without(std::vector<std::size_t> loops, std::size_t loop) {
  std::erase(loops, loop);
  return loops;
}

/// Keeps the cheapest of the ways to give the loops of a sum of products their roles.
class Search {
 public:
  Search(const Nest& nest, const Target& target, bool keeps_y)
      : nest_(nest), target_(target), keeps_y_(keeps_y) {}

  /// Every loop of `y_side` as the vector loop. The sum runs along y as it lies in memory: y is
  /// what is copied.
  void try_vector_loops(Contraction c, const std::vector<std::size_t>& x_side,
                        const std::vector<std::size_t>& y_side) {
    x_ = factor_of(nest_, c.x);
    y_ = factor_of(nest_, c.y);
    if (x_side.empty() && !keeps_y_) return;  // a vector times a matrix: plain loops
    for (const std::size_t loop : y_side) {
      c.n = loop;
      c.n_extent = nest_.extents[loop];
      c.y_outer = without(y_side, loop);
      if (c.n_extent >= 4) try_rows(c, x_side);
    }
  }

  std::optional<Contraction> best;

 private:
  /// Every loop of x as the one that is cut into tiles, and every set of others inside the tile.
  void try_rows(Contraction c, const std::vector<std::size_t>& x_side) {
    if (x_side.empty()) {
      propose(c);
      return;
    }
    for (const std::size_t m : x_side) {
      c.m = m;
      c.m_extent = nest_.extents[m];
      const std::vector<std::size_t> others = without(x_side, m);
      for (std::uint64_t inner = 0; inner >> others.size() == 0; ++inner) {
        c.x_inner.clear();
        c.x_outer.clear();
        for (std::size_t i = 0; i < others.size(); ++i)
          ((inner >> i & 1) != 0 ? c.x_inner : c.x_outer).push_back(others[i]);
        propose(c);
      }
    }
  }

  void propose(Contraction c) {
    c.inner_points = points_of(c.x_inner, nest_);
    if (c.inner_points > target_.vector_registers) return;
    if (!choose_tiling(c, x_, y_, nest_, target_, keeps_y_)) return;
    if (!best || c.cycles < best->cycles) best = std::move(c);
  }

  const Nest& nest_;
  const Target& target_;
  bool keeps_y_;
  Factor x_, y_;
};

}  // namespace

std::int64_t points_of(const std::vector<std::size_t>& loops, const Nest& nest) {
  std::int64_t out = 1;
  for (const std::size_t loop : loops) out *= nest.extents[loop];
  return out;
}

std::int64_t Contraction::m_tiles() const { return divide_up(m_extent, tile_m); }
std::int64_t Contraction::row_tiles(const Nest& nest) const {
  return points_of(x_outer, nest) * m_tiles();
}
std::int64_t Contraction::panels() const { return divide_up(n_extent, columns()); }
std::int64_t Contraction::strips_down(const Nest& nest) const {
  return divide_up(row_tiles(nest), strip_tiles);
}
std::int64_t Contraction::strips_across() const { return divide_up(panels(), strip_panels); }

std::int64_t Contraction::strips(const Nest& nest) const {
  return points_of(batch, nest) * points_of(y_outer, nest) * strips_across() * strips_down(nest);
}

std::int64_t Contraction::k_points(const Nest& nest) const { return points_of(k, nest); }

std::int64_t Contraction::k_block_points(const Nest& nest) const {
  std::int64_t out = k_block;
  for (std::size_t i = k_split + 1; i < k.size(); ++i) out *= nest.extents[k[i]];
  return out;
}

std::int64_t Contraction::k_blocks(const Nest& nest) const {
  std::int64_t out = divide_up(nest.extents[k[k_split]], k_block);
  for (std::size_t i = 0; i < k_split; ++i) out *= nest.extents[k[i]];
  return out;
}

std::int64_t Contraction::prepared_panels(const Nest& nest) const {
  if (y_supply != Supply::prepared) return 0;
  return points_of(batch, nest) * points_of(y_outer, nest) * panels();
}

std::int64_t Contraction::x_tile_size(const Nest& nest) const {
  return (divide_up(rows() * k_block_points(nest), columns()) + 1) * columns();
}

std::int64_t Contraction::x_block_size(const Nest& nest) const {
  return x_supply == Supply::direct ? 0 : strip_tiles * x_tile_size(nest);
}

std::int64_t Contraction::y_block_size(const Nest& nest) const {
  return y_supply == Supply::packed ? group_panels * columns() * k_block_points(nest) : 0;
}

std::int64_t Contraction::sums_size(const Nest& nest) const {
  return k_blocks(nest) == 1 ? 0 : strip_tiles * rows() * strip_panels * columns();
}

std::int64_t Contraction::piece_size(const Nest& nest) const {
  return x_block_size(nest) + y_block_size(nest) + sums_size(nest);
}

bool Contraction::pieces_use_scratch(const Nest& nest) const {
  return k_parts > 1 ||
         piece_size(nest) * ir::byte_size(nest.body[reduction].dtype) > most_stack_bytes;
}

std::int64_t Contraction::scratch_bytes(const Nest& nest) const {
  std::int64_t elements = prepared_panels(nest) * panel_size(nest);
  if (pieces_use_scratch(nest)) elements += pieces(nest) * piece_size(nest);
  return elements * ir::byte_size(nest.body[reduction].dtype);
}

double Contraction::adding_parts(const Nest& nest) const {
  constexpr double cycles_per_vector = 4;  // from another core's cache
  if (k_parts == 1) return 0;
  const std::int64_t vectors = pieces(nest) * sums_size(nest) / lanes;
  return static_cast<double>(vectors) * cycles_per_vector;
}

std::optional<Contraction> find_contraction(const Nest& nest, const Target& target, bool keeps_y) {
  const auto sum = only_sum_of_products(nest);
  if (!sum || target.vector_bytes < 16) return std::nullopt;
  for (const NestOutput& output : nest.outputs)
    if (output.accumulate || nest.varies(output)) return std::nullopt;
  if (nest.points(0, nest.extents.size()) < smallest_worth_tiling) return std::nullopt;

  const ir::Instruction& product = nest.body[nest.body[*sum].arguments[0]];
  const ir::ScalarId first = product.arguments[0], second = product.arguments[1];
  const auto sides = sides_of(nest, first, second);
  if (!sides || nest.parallel == nest.extents.size()) return std::nullopt;
  Contraction c{.reduction = *sum, .batch = sides->both};
  for (std::size_t loop = nest.parallel; loop < nest.extents.size(); ++loop) c.k.push_back(loop);

  Search search(nest, target, keeps_y);
  c.x = first, c.y = second;
  search.try_vector_loops(c, sides->first, sides->second);
  c.x = second, c.y = first;
  search.try_vector_loops(c, sides->second, sides->first);
  if (search.best) {
    const Factor x = factor_of(nest, search.best->x), y = factor_of(nest, search.best->y);
    share_work(*search.best, x, y, nest, target, keeps_y);
  }
  return search.best;
}

}  // namespace gradc::codegen
