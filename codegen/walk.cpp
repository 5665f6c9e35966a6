#include "codegen/walk.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace gradc::codegen {

namespace {

// Rough cycles of a machine that starts two vector instructions per cycle. Only ratios matter.
constexpr double load_cycles = 0.5;
constexpr double store_cycles = 1;
constexpr double function_cycles = 8;
constexpr double horizontal_cycles = 12;  // combining the lanes of one reduction
constexpr double piece_cycles = 4000;     // a piece of work should not be much shorter
constexpr std::int64_t pieces_wanted = 64;
constexpr std::int64_t rows_to_walk = 17;         // fewer are read side by side
constexpr std::int64_t columns_in_memory = 1024;  // their sums should stay in the first-level cache
constexpr std::int64_t columns_per_piece = 64;    // some lines of memory in each row
constexpr std::int64_t pieces_of_columns = 4;     // wider rows are read faster
constexpr double bytes_per_cycle = 16;            // from the second-level cache and beyond

/// Bytes of the elements that decide how many fit a register. Integers beside floating-point
/// numbers are indices and conditions: they take more registers then, not fewer lanes.
std::int64_t element_bytes(const Nest& nest) {
  std::int64_t reals = 0, others = 1;
  for (const ir::Instruction& instruction : nest.body) {
    const std::int64_t bytes = ir::byte_size(instruction.dtype);
    if (is_float(instruction.dtype)) reals = std::max(reals, bytes);
    if (is_integer(instruction.dtype)) others = std::max(others, bytes);
  }
  return reals > 0 ? reals : others;
}

unsigned lanes_for(const Nest& nest, const Target& target, std::size_t loop) {
  const auto extent = static_cast<std::uint64_t>(std::max<std::int64_t>(nest.extents[loop], 1));
  const auto whole = static_cast<std::uint64_t>(target.lanes(element_bytes(nest)));
  const std::uint64_t enough =
      target.masked_access ? std::bit_ceil(extent) : std::bit_floor(extent);
  return static_cast<unsigned>(std::min(std::bit_floor(whole), enough));
}

/// A scatter adds up in loop order, and two lanes must never meet in one element.
bool may_vectorize(const Nest& nest, std::size_t loop) {
  for (const NestOutput& output : nest.outputs) {
    if (!output.accumulate) continue;
    if (loop + 1 != nest.extents.size()) return false;
    if (motion(nest, output.address, loop) != Motion::contiguous) return false;
    for (const Check& check : output.address.checks)
      if (check.coordinate.affine.coefficient(loop) != 0) return false;
  }
  return true;
}

double access_cycles(const Nest& nest, const Address& address, const Target& target,
                     std::size_t loop, double contiguous, unsigned lanes) {
  const Motion along = motion(nest, address, loop);
  if (along == Motion::none) return 0.1;
  if (along == Motion::contiguous) return contiguous;
  const auto stride = stride_along(nest, address, loop);
  const bool is_shuffled = target.masked_access && ir::byte_size(address.dtype) >= 4 && stride &&
                           *stride > 1 && *stride <= widest_shuffle;
  return contiguous * 2 * (is_shuffled ? static_cast<double>(*stride) : lanes);
}

/// Cycles of one vector of points along `loop`.
double vector_cycles(const Nest& nest, const Target& target, std::size_t loop, unsigned lanes) {
  double out = 1;
  for (const ir::Instruction& instruction : nest.body) out += cost_of(instruction);
  for (const Address& access : nest.accesses)
    out += access_cycles(nest, access, target, loop, load_cycles, lanes);
  for (const NestOutput& output : nest.outputs)
    out += access_cycles(nest, output.address, target, loop, store_cycles, lanes);
  return out;
}

double scalar_cycles(const Nest& nest) {
  double out = 1;
  for (const ir::Instruction& instruction : nest.body) out += cost_of(instruction);
  return out + load_cycles * static_cast<double>(nest.accesses.size()) +
         store_cycles * static_cast<double>(nest.outputs.size());
}

double total_cycles(const Nest& nest, const Target& target, std::size_t loop, unsigned lanes) {
  const std::int64_t extent = std::max<std::int64_t>(nest.extents[loop], 1);
  const double walks =
      static_cast<double>(nest.points(0, nest.extents.size())) / static_cast<double>(extent);
  const std::int64_t vectors = target.masked_access ? divide_up(extent, lanes) : extent / lanes;
  const std::int64_t left = std::max<std::int64_t>(extent - vectors * lanes, 0);
  double out = walks * (static_cast<double>(vectors) * vector_cycles(nest, target, loop, lanes) +
                        static_cast<double>(left) * scalar_cycles(nest));
  if (nest.is_parallel(loop)) return out;
  return out + horizontal_cycles * nest.staging.passes *
                   static_cast<double>(nest.points(0, nest.parallel));
}

void choose_vector_loop(Walk& walk, const Nest& nest, const Target& target) {
  walk.cycles = static_cast<double>(nest.points(0, nest.extents.size())) * scalar_cycles(nest);
  // Later loops win ties among the parallel ones, and those win against reduction loops.
  const auto consider = [&](std::size_t loop) {
    const unsigned lanes = lanes_for(nest, target, loop);
    if (lanes < 2 || !may_vectorize(nest, loop)) return;
    const double cycles = total_cycles(nest, target, loop, lanes);
    if (cycles >= walk.cycles) return;
    walk.vector_loop = loop;
    walk.lanes = lanes;
    walk.cycles = cycles;
  };
  for (std::size_t loop = nest.parallel; loop-- > 0;) consider(loop);
  for (std::size_t loop = nest.extents.size(); loop-- > nest.parallel;) consider(loop);
}

/// Short bodies take as long as their memory does.
double memory_cycles(const Nest& nest) {
  double bytes = 0;
  const auto add = [&](const Address& address) {
    std::int64_t points = 1;
    for (std::size_t loop = 0; loop < nest.extents.size(); ++loop)
      if (motion(nest, address, loop) != Motion::none) points *= nest.extents[loop];
    bytes += static_cast<double>(std::min(points, address.elements) * byte_size(address.dtype));
  };
  for (const Address& access : nest.accesses) add(access);
  for (const NestOutput& output : nest.outputs) add(output.address);
  return bytes / bytes_per_cycle;
}

bool has_reduction(const Nest& nest) { return nest.staging.passes > 0; }

double body_cycles(const Nest& nest) {
  double out = 0;
  for (const ir::Instruction& instruction : nest.body) out += cost_of(instruction);
  return out;
}

/// Sums need several independent chains of additions to keep the adders busy; where the body is
/// long it keeps them busy itself, and more copies only cost compile time.
unsigned choose_unroll(const Walk& walk, const Nest& nest) {
  if (!walk.vector_loop || !has_reduction(nest)) return 1;
  const double cost = body_cycles(nest);
  const std::int64_t vectors = nest.extents[*walk.vector_loop] / walk.lanes;
  for (const unsigned unroll : {4U, 2U})
    if (cost * unroll <= 24 && vectors >= unroll) return unroll;
  return 1;
}

/// Can the rows go by once, with all that is written written on the way or at the end?
bool may_sum_columns(const Walk& walk, const Nest& nest) {
  if (!walk.vector_loop || !nest.is_parallel(*walk.vector_loop)) return false;
  if (nest.staging.passes != 1) return false;
  const auto is_late = [&](const NestOutput& output) {
    return output.accumulate || (nest.varies(output) && nest.staging.stage[output.value] > 0);
  };
  if (std::ranges::any_of(nest.outputs, is_late)) return false;
  for (ir::ScalarId id = 0; id < nest.body.size(); ++id) {
    if (!is_reduction(nest.body[id].op)) continue;
    const ir::DType summed = nest.body[nest.body[id].arguments[0]].dtype;
    if (!nest.loops[id].contains(*walk.vector_loop) || summed == ir::DType::boolean) return false;
  }
  return true;
}

/// The columns that stay in registers would walk down all rows in small steps, a page each.
void choose_columns(Walk& walk, const Nest& nest) {
  if (!may_sum_columns(walk, nest)) return;
  const std::int64_t rows = nest.points(nest.parallel, nest.extents.size());
  const std::int64_t in_registers = std::int64_t{walk.unroll} * walk.lanes;
  if (rows < rows_to_walk || nest.extents[*walk.vector_loop] <= in_registers) return;
  walk.columns = columns_in_memory;
  walk.unroll = 1;
  for (walk.rows = 8; walk.rows > 1 && body_cycles(nest) * walk.rows > 24;) walk.rows /= 2;
}

/// Long enough for the taps of a window, short enough for registers and compile time.
void choose_window(Walk& walk, const Nest& nest) {
  constexpr std::int64_t most_points = 12;
  if (!has_reduction(nest) || !walk.vector_loop || !nest.is_parallel(*walk.vector_loop)) return;
  walk.is_window = nest.points(nest.parallel, nest.extents.size()) <= most_points;
  if (walk.is_window) walk.unroll = 1;
}

bool has_scatter(const Nest& nest) {
  return std::ranges::any_of(nest.outputs, &NestOutput::accumulate);
}

/// Enough pieces for any number of threads, but none too short.
void choose_pieces(Walk& walk, const Nest& nest) {
  for (std::size_t loop = 0; loop < nest.parallel; ++loop)
    if (loop != walk.vector_loop) walk.parallel.push_back(loop);
  if (has_scatter(nest)) return;  // two pieces might add to one element

  while (!walk.parallel.empty() && walk.pieces < pieces_wanted) {
    walk.head.push_back(walk.parallel.front());
    walk.pieces *= nest.extents[walk.parallel.front()];
    walk.parallel.erase(walk.parallel.begin());
  }
  const bool is_lane = walk.vector_loop && nest.is_parallel(*walk.vector_loop);
  if (!is_lane || walk.pieces >= pieces_wanted || !walk.parallel.empty()) return;

  const std::int64_t extent = nest.extents[*walk.vector_loop];
  const std::int64_t vectors = divide_up(extent, walk.lanes);
  const double cycles_each =
      walk.cycles / static_cast<double>(std::max<std::int64_t>(walk.pieces * vectors, 1));
  const auto enough = static_cast<std::int64_t>(piece_cycles / std::max(cycles_each, 0.1));
  std::int64_t block =
      divide_up(std::max<std::int64_t>(enough, 1), walk.unroll) * walk.unroll * walk.lanes;
  if (walk.columns > 0)
    block =
        std::max({block, columns_per_piece, divide_up(vectors, pieces_of_columns) * walk.lanes});
  if (block >= extent) return;
  walk.block = block;
  walk.pieces *= divide_up(extent, block);
}

}  // namespace

double cost_of(const ir::Instruction& instruction) {
  using Op = ir::ScalarOp;
  switch (instruction.op) {
    case Op::constant:
    case Op::index:
    case Op::load:
      return 0;
    case Op::exp:
    case Op::log:
    case Op::sin:
    case Op::cos:
    case Op::tanh:
    case Op::sigmoid:
    case Op::erf:
    case Op::sqrt:
      return function_cycles;
    case Op::pow:
    case Op::random:
      return 3 * function_cycles;
    case Op::div:
    case Op::rem:
      return is_float(instruction.dtype) ? 4 : 3 * function_cycles;
    default:
      return 0.5;
  }
}

Walk choose_walk(const Nest& nest, const Target& target) {
  Walk walk;
  choose_vector_loop(walk, nest, target);
  walk.cycles += memory_cycles(nest);
  walk.unroll = choose_unroll(walk, nest);
  choose_columns(walk, nest);
  choose_window(walk, nest);
  for (std::size_t loop = nest.parallel; loop < nest.extents.size(); ++loop)
    if (loop != walk.vector_loop) walk.reduction.push_back(loop);
  if (walk.vector_loop && !nest.is_parallel(*walk.vector_loop))
    walk.reduction.push_back(*walk.vector_loop);
  if (nest.points(0, nest.extents.size()) <= 64) walk.written_out = 8;
  choose_pieces(walk, nest);
  return walk;
}

}  // namespace gradc::codegen
