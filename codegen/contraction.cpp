#include "codegen/contraction.h"

#include <algorithm>
#include <bit>

namespace gradc::codegen {

namespace {

constexpr std::int64_t smallest_worth_tiling =
    4096;                                      // products; below, loops that are written out win
constexpr std::int64_t longest_k_block = 512;  // of f32, half as many of f64
constexpr std::int64_t most_rows = 14;
constexpr std::int64_t strip_bytes = 64 << 10;    // of partial sums on the stack
constexpr std::int64_t long_strip_columns = 128;  // of a strip that visits each block in turn

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// `total` in equal parts, none above `most`.
std::int64_t balanced(std::int64_t total, std::int64_t most) {
  return total <= most ? total : divide_up(total, divide_up(total, most));
}

// ---- Recognition -------------------------------------------------------------------------------

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

/// The loop along which the first result is contiguous.
std::optional<std::size_t> contiguous_loop(const Nest& nest) {
  for (std::size_t loop = nest.parallel; loop-- > 0;)
    if (nest.outputs[0].address.strides[loop] == 1) return loop;
  return std::nullopt;
}

/// Take the longest loop out of `loops`.
std::size_t take_longest(std::vector<std::size_t>& loops, const Nest& nest) {
  const auto longest =
      std::ranges::max_element(loops, {}, [&](std::size_t loop) { return nest.extents[loop]; });
  const std::size_t out = *longest;
  loops.erase(longest);
  return out;
}

/// Sort the loops by which factor they index; nothing if that leaves no matrix.
bool assign_roles(Contraction& c, const Nest& nest) {
  const auto vector_loop = contiguous_loop(nest);
  if (!vector_loop) return false;
  if (!nest.loops[c.y].contains(*vector_loop)) std::swap(c.x, c.y);
  if (!nest.loops[c.y].contains(*vector_loop)) return false;
  if (nest.loops[c.x].contains(*vector_loop)) return false;  // each lane has its own x: plain loops

  for (std::size_t loop = 0; loop < nest.parallel; ++loop) {
    const bool in_x = nest.loops[c.x].contains(loop), in_y = nest.loops[c.y].contains(loop);
    if (!in_x && !in_y) return false;
    if (in_x && in_y)
      c.batch.push_back(loop);
    else if (in_x)
      c.x_outer.push_back(loop);
    else if (loop != *vector_loop)
      c.y_outer.push_back(loop);
  }
  if (c.x_outer.empty()) return false;
  for (std::size_t loop = nest.parallel; loop < nest.extents.size(); ++loop) c.k.push_back(loop);
  if (c.k.empty()) return false;
  c.n = *vector_loop;
  c.m = take_longest(c.x_outer, nest);
  c.m_extent = nest.extents[c.m];
  c.n_extent = nest.extents[c.n];
  return true;
}

/// The address of a factor that is a load and nothing else.
const Address* bare_load(const Nest& nest, ir::ScalarId factor) {
  const ir::Instruction& instruction = nest.body[factor];
  if (instruction.op != ir::ScalarOp::load) return nullptr;
  const Address& address = nest.accesses[static_cast<std::size_t>(instruction.integer)];
  return address.checks.empty() ? &address : nullptr;
}

/// Is all that a factor reads contiguous along a loop, or the same?
bool lies_along(const Nest& nest, ir::ScalarId factor, std::size_t loop) {
  return std::ranges::all_of(loads_behind(nest, factor), [&](const Address* address) {
    const Motion along = motion(nest, *address, loop);
    return along == Motion::contiguous || along == Motion::none;
  });
}

// ---- Tiles and blocks --------------------------------------------------------------------------

/// Equal strips need one microkernel instead of two, if they are not much lower than the highest.
std::int64_t choose_rows(std::int64_t extent, std::int64_t most) {
  if (extent <= most) return extent;
  for (std::int64_t rows = most; 2 * rows > most; --rows)
    if (extent % rows == 0) return rows;
  return balanced(extent, most);
}

void choose_tile(Contraction& c, const Nest& nest, const Target& target) {
  const std::int64_t bytes = ir::byte_size(nest.body[c.reduction].dtype);
  c.lanes = std::min(static_cast<unsigned>(target.lanes(bytes)),
                     static_cast<unsigned>(std::bit_ceil(static_cast<std::uint64_t>(
                         std::min<std::int64_t>(c.n_extent, target.vector_bytes)))));
  const std::int64_t vectors = divide_up(c.n_extent, c.lanes);
  // Few rows need more columns to keep enough independent sums in flight.
  if (c.m_extent <= 4 && vectors >= 4)
    c.vectors = 4;
  else
    c.vectors = vectors == 3 ? 3 : vectors == 1 ? 1 : 2;
  // Besides the sums, registers hold one row of y, one number of x and one product.
  const std::int64_t free = target.vector_registers - 2 - static_cast<std::int64_t>(c.vectors);
  c.rows = choose_rows(c.m_extent, std::clamp<std::int64_t>(free / c.vectors, 1, most_rows));
}

void choose_supply(Contraction& c, const Nest& nest, const Target& target, bool keeps_y) {
  const Address* x = bare_load(nest, c.x);
  // Numbers that lie far apart along the sum would come from another cache line each, for every
  // panel of y again.
  const bool is_far_along_k = lies_along(nest, c.x, c.m) && !lies_along(nest, c.x, c.k.back());
  const bool is_read_once = c.panels() < 4;
  c.x_supply = x && (!is_far_along_k || is_read_once) ? Supply::direct : Supply::packed;
  c.packs_x_by_columns = is_far_along_k;
  const Address* y = bare_load(nest, c.y);
  const bool is_contiguous = y && motion(nest, *y, c.n) == Motion::contiguous;
  // A copy costs about as much as two strips of the product, and it spares jumps through memory.
  const bool is_read_often = keeps_y || divide_up(c.m_extent, c.rows) > 2;
  const bool has_rest = c.n_extent % c.lanes != 0;
  const bool can_be_direct = is_contiguous && (target.masked_access || !has_rest);
  c.y_supply = can_be_direct && !is_read_often ? Supply::direct : Supply::packed;
}

void choose_blocks(Contraction& c, const Nest& nest, const Target& target) {
  const std::int64_t bytes = ir::byte_size(nest.body[c.reduction].dtype);
  // Cut the outermost loop whose inner loops fit a block.
  const std::int64_t longest = longest_k_block * 4 / bytes;
  std::int64_t inner = 1;
  c.k_split = c.k.size() - 1;
  while (c.k_split > 0 && inner * nest.extents[c.k[c.k_split]] <= longest)
    inner *= nest.extents[c.k[c.k_split--]];
  const std::int64_t extent = nest.extents[c.k[c.k_split]];
  c.k_block = balanced(extent, std::max<std::int64_t>(longest / inner, 1));

  const std::int64_t block_of_y = c.k_block_points(nest) * bytes;
  std::int64_t most_columns = target.l2_bytes / 2 / block_of_y;
  if (c.k_blocks(nest) > 1) most_columns = std::min(most_columns, long_strip_columns);
  const std::int64_t most_panels = std::max<std::int64_t>(most_columns / c.columns(), 1);
  c.strip_columns = balanced(c.panels(), most_panels) * c.columns();
  c.strip_rows = c.rows;
  if (c.k_blocks(nest) == 1) return;
  // What is read for a strip grows with its edges, what is computed with its area.
  const std::int64_t tiles = divide_up(c.m_extent, c.rows);
  const std::int64_t most_tiles = strip_bytes / (c.rows * c.strip_columns * bytes);
  c.strip_rows = balanced(tiles, std::max<std::int64_t>(most_tiles, 1)) * c.rows;
}

std::int64_t points_of(const std::vector<std::size_t>& loops, const Nest& nest) {
  std::int64_t out = 1;
  for (const std::size_t loop : loops) out *= nest.extents[loop];
  return out;
}

}  // namespace

std::int64_t Contraction::panels() const { return divide_up(n_extent, columns()); }
std::int64_t Contraction::strips_down() const { return divide_up(m_extent, strip_rows); }
std::int64_t Contraction::strips_across() const { return divide_up(n_extent, strip_columns); }

std::int64_t Contraction::pieces(const Nest& nest) const {
  return points_of(batch, nest) * points_of(y_outer, nest) * strips_across() *
         points_of(x_outer, nest) * strips_down();
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

std::int64_t Contraction::packed_y_bytes(const Nest& nest) const {
  if (y_supply == Supply::direct) return 0;
  return points_of(batch, nest) * points_of(y_outer, nest) * panels() * k_points(nest) * columns() *
         ir::byte_size(nest.body[reduction].dtype);
}

std::optional<Contraction> find_contraction(const Nest& nest, const Target& target, bool keeps_y) {
  const auto sum = only_sum_of_products(nest);
  if (!sum || target.vector_bytes < 16) return std::nullopt;
  for (const NestOutput& output : nest.outputs)
    if (output.accumulate || nest.varies(output)) return std::nullopt;

  const ir::Instruction& product = nest.body[nest.body[*sum].arguments[0]];
  Contraction c{*sum, product.arguments[0], product.arguments[1]};
  if (!assign_roles(c, nest)) return std::nullopt;
  const std::int64_t products = nest.points(0, nest.extents.size());
  if (products < smallest_worth_tiling || c.m_extent < 2 || c.n_extent < 4) return std::nullopt;

  choose_tile(c, nest, target);
  choose_supply(c, nest, target, keeps_y);
  choose_blocks(c, nest, target);
  c.cycles = static_cast<double>(products) / (2.0 * c.lanes);
  return c;
}

}  // namespace gradc::codegen
