#include "codegen/contraction_tiling.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "codegen/grain.h"

namespace gradc::codegen {

namespace {

// Memory of a strip: its rows of x in a block of k, and twice as much for its sums.
constexpr std::int64_t small_strip_bytes = 16 << 10;   // on the stack
constexpr std::int64_t large_strip_bytes = 512 << 10;  // in scratch memory: the second-level cache
constexpr std::int64_t most_scratch_bytes = 8 << 20;

// For threads.
constexpr double most_cycles_to_share = 1.05;  // times those of one thread's strips
constexpr double worth_cutting = 0.95;         // of the cycles of threads that share them
constexpr std::int64_t fewest_blocks_of_a_part = 4;

constexpr std::int64_t many_rows = 256;         // that use all of y: it is prepared
constexpr std::int64_t strip_of_few_rows = 32;  // then
constexpr std::int64_t far_apart = 2048;  // bytes: neighbours push each other out of the cache

// Cycles, on machines that start two vector operations and two loads at a time.
constexpr double cycles_per_load = 0.5;
constexpr double cycles_per_far_load = 1.5;  // of a vector in the second-level cache
constexpr double latency_of_sum = 4;         // of a multiplication that is added to a register
constexpr double cycles_per_tile = 20;       // to begin and end its loop
constexpr double cycles_per_scattered = 1;   // element that is read or written on its own

/// `total` in equal parts, none above `most`.
std::int64_t balanced(std::int64_t total, std::int64_t most) {
  return total <= most ? total : divide_up(total, divide_up(total, most));
}

/// Equal tiles need one microkernel instead of two, if they are not much lower than the highest.
std::int64_t even_part(std::int64_t extent, std::int64_t most) {
  if (extent <= most) return extent;
  for (std::int64_t part = most; 2 * part > most; --part)
    if (extent % part == 0) return part;
  return balanced(extent, most);
}

class Tiling {
 public:
  Tiling(Contraction& c, const Factor& x, const Factor& y, const Nest& nest, const Target& target,
         bool keeps_y)
      : c_(c),
        x_(x),
        y_(y),
        nest_(nest),
        target_(target),
        keeps_y_(keeps_y),
        bytes_(ir::byte_size(nest.body[c.reduction].dtype)) {}

  bool choose() {
    choose_lanes();
    const std::int64_t vectors = divide_up(c_.n_extent, c_.lanes);
    Contraction best = c_;
    best.cycles = -1;
    for (const unsigned width : {2U, 1U, 3U, 4U, 6U, 8U}) {
      if (width > vectors || !choose_tile(width)) continue;
      choose_k_block();
      choose_supply();
      choose_blocks();
      c_.cycles = cycles();
      if (best.cycles < 0 || c_.cycles < best.cycles) best = c_;
    }
    if (best.cycles < 0) return false;
    c_ = std::move(best);
    return true;
  }

  /// Strips across copy x again, strips down y; parts of a long sum are added up in the end.
  void share() {
    if (c_.cycles < cycles_worth_sharing) return;
    const Contraction whole = c_;
    Contraction best = c_;
    const bool is_y_small = keeps_y_ && prepared_bytes() <= target_.l2_bytes / 4;
    double least = shared_cycles();
    // The earlier of two equal ways is taken: cuts down where y is small, else cuts across.
    for (const std::int64_t k_parts : {1, 2, 4})
      for (const std::int64_t rather_not : {1, 2, 4, 8})
        for (const std::int64_t rather : {1, 2, 4, 8}) {
          c_ = whole;
          c_.is_by_rows = is_y_small && k_parts == 1;
          const std::int64_t across = is_y_small ? rather_not : rather;
          const std::int64_t down = is_y_small ? rather : rather_not;
          if (!cut_strips(across, down, k_parts)) continue;
          c_.cycles = cycles() + reading_again(whole);
          const bool is_cheap = c_.cycles <= most_cycles_to_share * whole.cycles;
          if (!is_cheap || shared_cycles() >= worth_cutting * least) continue;
          least = shared_cycles();
          best = c_;
        }
    c_ = std::move(best);
  }

 private:
  /// False if that cannot be.
  bool cut_strips(std::int64_t across, std::int64_t down, std::int64_t k_parts) {
    if (across > c_.strip_panels || down > c_.strip_tiles) return false;
    if (k_parts > 1 && c_.k_blocks(nest_) < k_parts * fewest_blocks_of_a_part) return false;
    c_.strip_panels = divide_up(c_.strip_panels, across);
    c_.strip_tiles = tiles_in_a_strip(divide_up(c_.strip_tiles, down));
    c_.k_parts = k_parts;
    return c_.scratch_bytes(nest_) - prepared_bytes() <= most_scratch_bytes;
  }

  /// Strips across read x again, strips down y: from the second-level cache, or beyond.
  double reading_again(const Contraction& whole) const {
    const auto cost = [&](std::int64_t times, std::int64_t elements) {
      const std::int64_t bytes = elements * bytes_;
      return static_cast<double>(times * bytes) / (bytes <= target_.l2_bytes / 2 ? 32 : 8);
    };
    const std::int64_t across = c_.strips_across() - whole.strips_across();
    const std::int64_t down = c_.strips_down(nest_) - whole.strips_down(nest_);
    const double x = c_.x_supply == Supply::packed ? cost(across, x_elements()) : 0;
    return (x + cost(down, y_elements())) / (keeps_y_ ? 8 : 1);  // 8: cached since the last call
  }

  /// What the work costs each of some threads, times their number, for the average number.
  double shared_cycles() const {
    const std::int64_t blocks = c_.k_blocks(nest_), of_a_part = divide_up(blocks, c_.k_parts);
    const auto largest = static_cast<double>(c_.strip_tiles * c_.strip_panels * of_a_part) /
                         (tiles() * static_cast<double>(blocks));
    double out = 0;
    for (const std::int64_t threads : {2, 4, 8})
      out += largest * static_cast<double>(threads * divide_up(c_.pieces(nest_), threads));
    return out * c_.cycles;
  }

  // ---- Factors -------------------------------------------------------------------------------

  /// Cycles per element to copy a factor whose lanes run along `loop`.
  double copying(const Factor& factor, std::size_t loop) const {
    const double cost = factor.bare ? 1 : 3;
    if (factor.lies_along[loop]) return cost / c_.lanes;
    const std::size_t last = c_.k.back();
    if (factor.bare && factor.lies_along[last] && nest_.extents[last] >= c_.lanes)
      return 5.0 / c_.lanes;  // turned in registers
    return cost * cycles_per_scattered;
  }

  // ---- Tiles ---------------------------------------------------------------------------------

  void choose_lanes() {
    const auto enough = std::bit_ceil(
        static_cast<std::uint64_t>(std::min<std::int64_t>(c_.n_extent, target_.vector_bytes)));
    c_.lanes =
        std::min(static_cast<unsigned>(target_.lanes(bytes_)), static_cast<unsigned>(enough));
  }

  /// False if not one row fits the registers.
  bool choose_tile(unsigned vectors) {
    c_.vectors = vectors;
    // Besides the sums, registers hold one row of y, one number of x and one product.
    const std::int64_t free = target_.vector_registers - 2 - static_cast<std::int64_t>(vectors);
    const std::int64_t most_rows = free / vectors / c_.inner_points;
    if (most_rows < 1) return false;
    c_.tile_m = even_part(c_.m_extent, most_rows);
    return true;
  }

  void choose_supply() {
    // Numbers that lie far apart along the sum would come from another cache line each, for every
    // panel of y again.
    const bool is_far_along_k =
        c_.m && c_.x_inner.empty() && x_.lies_along[*c_.m] && !x_.lies_along[c_.k.back()];
    const bool is_copied =
        (is_far_along_k && c_.panels() >= 4) || (has_far_rows() && c_.panels() >= 2);
    c_.x_supply = x_.bare && !is_copied ? Supply::direct : Supply::packed;
    c_.packs_x_by_columns = is_far_along_k;

    const bool has_rest = c_.n_extent % c_.lanes != 0;
    const bool can_be_direct =
        y_.bare && y_.moves_along[c_.n] && (target_.masked_access || !has_rest);
    // A copy costs about as much as two tiles, and it spares jumps through memory.
    const bool is_read_often = c_.row_tiles(nest_) > 2;
    c_.y_supply = keeps_y_ || serves_many_rows()    ? Supply::prepared
                  : can_be_direct && !is_read_often ? Supply::direct
                                                    : Supply::packed;
  }

  bool has_far_rows() const {
    return x_.bare && c_.m && std::abs(x_.bare->strides[*c_.m]) * bytes_ >= far_apart;
  }

  /// All of y is copied once if so many rows use it that the result should be written in strips of
  /// few rows, which lie together in memory.
  bool serves_many_rows() const {
    const bool is_alone = c_.batch.empty() && c_.y_outer.empty();
    const std::int64_t y_bytes = c_.panels() * c_.panel_size(nest_) * bytes_;
    return is_alone && c_.k_blocks(nest_) == 1 && c_.panels() > 1 &&
           c_.row_tiles(nest_) * c_.rows() >= many_rows && y_bytes <= most_scratch_bytes / 2;
  }

  // ---- Blocks --------------------------------------------------------------------------------

  void choose_blocks() {
    choose_strips(large_strip_bytes);
    if (c_.scratch_bytes(nest_) - prepared_bytes() > most_scratch_bytes)
      choose_strips(small_strip_bytes);
    c_.fetches_panels = c_.y_supply == Supply::prepared && prepared_bytes() > target_.l2_bytes &&
                        c_.row_tiles(nest_) > 1;
  }

  std::int64_t prepared_bytes() const {
    return c_.prepared_panels(nest_) * c_.panel_size(nest_) * bytes_;
  }

  /// A block of a panel of y fits the first-level cache; a sum that is not much longer stays whole.
  void choose_k_block() {
    const std::int64_t fitting = target_.l1_bytes / (c_.columns() * bytes_);
    const std::int64_t longest = c_.k_points(nest_) <= 2 * fitting ? 2 * fitting : fitting;
    // Cut the outermost loop whose inner loops fit a block.
    std::int64_t inner = 1;
    c_.k_split = c_.k.size() - 1;
    while (c_.k_split > 0 && inner * nest_.extents[c_.k[c_.k_split]] <= longest)
      inner *= nest_.extents[c_.k[c_.k_split--]];
    const std::int64_t extent = nest_.extents[c_.k[c_.k_split]];
    c_.k_block = balanced(extent, std::max<std::int64_t>(longest / inner, 1));
  }

  /// `most_bytes`: of a strip's rows of x in a block of k; its sums may have twice as much.
  void choose_strips(std::int64_t most_bytes) {
    const std::int64_t tile_of_x = c_.rows() * c_.k_block_points(nest_) * bytes_;
    const std::int64_t x_bytes = c_.x_supply == Supply::direct ? large_strip_bytes : most_bytes;
    c_.strip_tiles = tiles_in_a_strip(x_bytes / tile_of_x);
    c_.strip_panels = c_.panels();
    c_.k_parts = 1;
    if (c_.k_blocks(nest_) > 1)
      fit_sums(2 * most_bytes);
    else if (c_.y_supply == Supply::prepared)
      choose_low_strips();
    choose_group();
  }

  std::int64_t tiles_in_a_strip(std::int64_t most) const {
    return balanced(c_.row_tiles(nest_), std::max<std::int64_t>(most, 1));
  }

  /// Few rows at a time go through the part of y that the second-level cache holds.
  void choose_low_strips() {
    const std::int64_t panel_bytes = c_.panel_size(nest_) * bytes_;
    const std::int64_t most_panels = target_.l2_bytes / 2 / panel_bytes;
    c_.strip_panels = balanced(c_.panels(), std::max<std::int64_t>(most_panels, 1));
    const std::int64_t most_tiles = std::max<std::int64_t>(strip_of_few_rows / c_.rows(), 1);
    c_.strip_tiles = std::min(c_.strip_tiles, most_tiles);
  }

  /// The sums of a strip, with eight panels at least before its rows become fewer.
  void fit_sums(std::int64_t most_bytes) {
    const std::int64_t most = most_bytes / (c_.rows() * c_.columns() * bytes_);
    c_.strip_tiles = tiles_in_a_strip(std::min(c_.strip_tiles, most / 8));
    c_.strip_panels = balanced(c_.panels(), std::max<std::int64_t>(most / c_.strip_tiles, 1));
  }

  /// Rows of y that are far apart in memory are copied some panels wide, so that the hardware sees
  /// where the reads go.
  void choose_group() {
    const std::int64_t y_bytes = points_of(c_.k, nest_) * c_.n_extent * bytes_;
    const bool is_large = y_bytes > target_.l2_bytes && y_.bare && y_.moves_along[c_.n];
    const bool is_grouped = c_.y_supply == Supply::packed && is_large && c_.strip_panels >= 4;
    c_.group_panels = is_grouped ? 4 : 1;
    if (is_grouped) c_.strip_panels = divide_up(c_.strip_panels, 4) * 4;
  }

  // ---- What it costs -------------------------------------------------------------------------

  double cycles() const {
    return multiplying() + copying_x() + copying_y() + writing() + c_.adding_parts(nest_);
  }

  double tiles() const {
    return static_cast<double>(points_of(c_.batch, nest_) * points_of(c_.y_outer, nest_) *
                               c_.row_tiles(nest_) * c_.panels());
  }

  double multiplying() const {
    const double products = static_cast<double>(c_.rows()) * c_.vectors;
    const auto rows = static_cast<double>(c_.rows());
    const double loads = rows * cycles_per_load + c_.vectors * cycles_per_load_of_y();
    double each = std::max({products / 2, loads, latency_of_sum});
    if (c_.x_supply == Supply::direct && has_far_rows()) each += (rows + c_.vectors) / 4;
    const auto length = static_cast<double>(c_.k_points(nest_));
    const auto blocks = static_cast<double>(c_.k_blocks(nest_));
    return tiles() * (length * each + blocks * (cycles_per_tile + 2 * products));
  }

  /// All tiles of a strip go through the same panel, if it stays in the first-level cache.
  double cycles_per_load_of_y() const {
    const std::int64_t panel_bytes = c_.k_block_points(nest_) * c_.columns() * bytes_;
    return panel_bytes <= target_.l1_bytes ? cycles_per_load : cycles_per_far_load;
  }

  double copying_x() const {
    if (c_.x_supply == Supply::direct) return 0;
    const std::size_t along = c_.packs_x_by_columns ? *c_.m : c_.k.back();
    const auto copies = static_cast<double>(points_of(c_.y_outer, nest_) * c_.strips_across());
    return copies * static_cast<double>(x_elements()) * copying(x_, along);
  }

  double copying_y() const {
    if (c_.y_supply == Supply::direct || keeps_y_) return 0;
    const auto times =
        c_.y_supply == Supply::packed ? static_cast<double>(c_.strips_down(nest_)) : 1;
    return times * static_cast<double>(y_elements()) * copying(y_, c_.n);
  }

  // Of whole tiles and panels.
  std::int64_t x_elements() const {
    return points_of(c_.batch, nest_) * c_.row_tiles(nest_) * c_.rows() * c_.k_points(nest_);
  }
  std::int64_t y_elements() const {
    return points_of(c_.batch, nest_) * points_of(c_.y_outer, nest_) * c_.panels() *
           c_.panel_size(nest_);
  }

  double writing() const {
    double out = 0;
    for (const NestOutput& output : nest_.outputs) {
      const bool is_contiguous = motion(nest_, output.address, c_.n) == Motion::contiguous;
      out += tiles() * static_cast<double>(c_.rows() * c_.columns()) *
             (is_contiguous ? 1.0 / c_.lanes : 2 * cycles_per_scattered);
    }
    return out;
  }

  Contraction& c_;
  const Factor& x_;
  const Factor& y_;
  const Nest& nest_;
  const Target& target_;
  bool keeps_y_;
  std::int64_t bytes_;
};

}  // namespace

bool choose_tiling(Contraction& c, const Factor& x, const Factor& y, const Nest& nest,
                   const Target& target, bool keeps_y) {
  return Tiling(c, x, y, nest, target, keeps_y).choose();
}

void share_work(Contraction& c, const Factor& x, const Factor& y, const Nest& nest,
                const Target& target, bool keeps_y) {
  Tiling(c, x, y, nest, target, keeps_y).share();
}

}  // namespace gradc::codegen
