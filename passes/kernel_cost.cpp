#include "passes/kernel_cost.h"

#include <algorithm>
#include <bit>

namespace gradc::passes {

using ir::Access;
using ir::Instruction;
using ir::Kernel;
using ir::ScalarId;
using ir::ScalarOp;

namespace {

// Measured on a machine with 512-bit vectors: moving a byte takes about as long as a simple
// instruction on one f32 lane of a vector.
constexpr double start_of_kernel = 2000;
/// What is read once more after so many bytes costs the part of a byte from memory: it comes from a
/// cache that is further away.
struct Distance {
  double bytes, part;
};
constexpr Distance caches[] = {{64 * 1024, 0}, {768 * 1024, 0.25}};
constexpr std::int64_t cache_line = 64;
constexpr double bytes_of_f32 = 4;
constexpr int lanes_of_vector = 16;

struct OpCost {
  ScalarOp op;
  double cost;
};
/// Those that cost more than a simple instruction.
constexpr OpCost op_costs[] = {
    {ScalarOp::div, 4},      {ScalarOp::rem, 8},  {ScalarOp::sqrt, 4}, {ScalarOp::exp, 16},
    {ScalarOp::log, 16},     {ScalarOp::sin, 24}, {ScalarOp::cos, 24}, {ScalarOp::tanh, 20},
    {ScalarOp::sigmoid, 20}, {ScalarOp::erf, 24}, {ScalarOp::pow, 48}, {ScalarOp::random, 40},
};

double cost_of(ScalarOp op) {
  const auto* found = std::ranges::find(op_costs, op, &OpCost::op);
  return found == std::end(op_costs) ? 1 : found->cost;
}

/// Elements along the last axis that are not worth a vector.
constexpr std::int64_t few = 4;
/// Of one element that is read or written alone.
double cost_of_scattered(ir::DType dtype) { return byte_size(dtype) < 4 ? 6 : 1; }

using Loops = std::uint64_t;  ///< a set of loops, one bit each; loops past the 64th share the last
Loops bit(std::size_t loop) { return Loops{1} << std::min<std::size_t>(loop, 63); }

Loops loops_of(const Kernel& kernel, const Access& access, const std::vector<Loops>& known) {
  Loops out = 0;
  for (const ir::Coordinate& c : access.coordinates) {
    for (std::size_t loop = 0; loop < kernel.extents.size(); ++loop)
      if (c.affine.coefficient(loop) != 0) out |= bit(loop);
    if (c.indirect != ir::no_scalar) out |= known[c.indirect];
  }
  return out;
}

const Access& access_of(const Kernel& kernel, const Instruction& load) {
  return kernel.accesses[static_cast<std::size_t>(load.integer)];
}

/// The loops that each instruction's value depends on.
std::vector<Loops> loops_of_body(const Kernel& kernel) {
  std::vector<Loops> out;
  for (const Instruction& instruction : kernel.body) {
    Loops loops = 0;
    if (instruction.op == ScalarOp::index)
      loops = bit(static_cast<std::size_t>(instruction.integer));
    if (instruction.op == ScalarOp::load)
      loops = loops_of(kernel, access_of(kernel, instruction), out);
    for (const ScalarId argument : instruction.arguments) loops |= out[argument];
    if (is_reduction(instruction.op)) loops &= bit(kernel.parallel) - 1;
    out.push_back(loops);
  }
  return out;
}

/// The products whose sum is a contraction.
std::vector<ScalarId> contracted_products(const Kernel& kernel, const std::vector<Loops>& loops) {
  Loops parallel = 0;  // of more than one point
  for (std::size_t loop = 0; loop < kernel.parallel; ++loop)
    if (kernel.extents[loop] > 1) parallel |= bit(loop);

  std::vector<ScalarId> out;
  for (const Instruction& sum : kernel.body) {
    if (sum.op != ScalarOp::reduce_add) continue;
    const Instruction& product = kernel.body[sum.arguments[0]];
    if (product.op != ScalarOp::mul) continue;
    const Loops a = loops[product.arguments[0]] & parallel,
                b = loops[product.arguments[1]] & parallel;
    if ((a & ~b) != 0 && (b & ~a) != 0) out.push_back(sum.arguments[0]);
  }
  return out;
}

/// Side tables over the instructions of a kernel.
class Profile {
 public:
  explicit Profile(const Kernel& kernel)
      : kernel_(kernel),
        staging_(stage(kernel)),
        depends_on_(loops_of_body(kernel)),
        products_(contracted_products(kernel, depends_on_)) {
    find_passes();
  }

  double total() const {
    return start_of_kernel + work() + loads() + scattering() + traffic() + copies();
  }

  double work() const {
    double out = 0;
    for (ScalarId i = 0; i < kernel_.body.size(); ++i) {
      const Instruction& instruction = kernel_.body[i];
      if (instruction.op == ScalarOp::constant || instruction.op == ScalarOp::load) continue;
      // A contracted product is half of a multiply-add, whose other half is counted.
      if (std::ranges::find(products_, i) != products_.end()) continue;
      out += work_of(i);
    }
    return out;
  }

 private:
  /// For each instruction that varies: in which passes over the reduction loops it is needed.
  void find_passes() {
    needed_in_.assign(kernel_.body.size(), 0);
    const auto pass_of = [&](ScalarId i) {
      return std::uint32_t{1} << std::min(staging_.stage[i], 31);
    };
    for (const ir::Output& output : kernel_.outputs)
      needed_in_[output.value] |= pass_of(output.value);
    for (auto i = static_cast<ScalarId>(kernel_.body.size()); i-- > 0;) {
      const Instruction& instruction = kernel_.body[i];
      for (const ScalarId argument : instruction.arguments)
        needed_in_[argument] |= is_reduction(instruction.op) ? pass_of(argument) : needed_in_[i];
    }
  }

  int passes(ScalarId i) const {
    return staging_.varies[i] ? std::max(std::popcount(needed_in_[i]), 1) : 1;
  }

  double points(std::size_t loops) const {
    double out = 1;
    for (std::size_t loop = 0; loop < loops; ++loop)
      out *= static_cast<double>(kernel_.extents[loop]);
    return out;
  }

  /// How often an instruction is executed. It is hoisted out of the loops inside of the last one it
  /// depends on; a factor of a contraction is evaluated once per element, when it is packed.
  double executions(ScalarId i) const {
    if (is_reduction(kernel_.body[i].op)) return points(kernel_.extents.size());
    const bool is_packed = !products_.empty() && staging_.varies[i];
    double out = 1;
    std::size_t last = 0;
    for (std::size_t loop = 0; loop < kernel_.extents.size(); ++loop) {
      if (!(depends_on_[i] & bit(loop))) continue;
      last = loop + 1;
      out *= static_cast<double>(kernel_.extents[loop]);
    }
    if (is_packed) return out;
    return points(last) / (is_for_all_lanes(i, last) ? lanes_of_vector : 1);
  }

  /// Inside of `loops` loops there is one that makes vectors of neighbours, and they share it.
  bool is_for_all_lanes(ScalarId i, std::size_t loops) const {
    const auto is_last = [&](std::size_t loop) {
      return std::ranges::all_of(kernel_.outputs, [&](const ir::Output& output) {
        return !output.coordinates.empty() &&
               output.coordinates.back().affine.coefficient(loop) == 1;
      });
    };
    for (std::size_t loop = 0; loop < std::min(loops, kernel_.parallel); ++loop)
      if (is_last(loop) && kernel_.extents[loop] >= lanes_of_vector)
        return !(depends_on_[i] & bit(loop));
    return false;
  }

  double loads() const {
    double out = 0;
    for (ScalarId i = 0; i < kernel_.body.size(); ++i)
      if (kernel_.body[i].op == ScalarOp::load) out += work_of(i);
    return out;
  }

  double work_of(ScalarId i) const {
    const Instruction& instruction = kernel_.body[i];
    const double lanes = static_cast<double>(byte_size(instruction.dtype)) / bytes_of_f32;
    return executions(i) * passes(i) * cost_of(instruction.op) * lanes;
  }

  /// Neighbours that do not come from one vector: what lies apart is gathered and scattered, bytes
  /// one by one.
  double scattering() const {
    double out = 0;
    for (ScalarId i = 0; i < kernel_.body.size(); ++i) {
      const Instruction& load = kernel_.body[i];
      if (load.op == ScalarOp::load && lies_apart(access_of(kernel_, load).coordinates))
        out += executions(i) * passes(i) * cost_of_scattered(load.dtype);
    }
    for (const ir::Output& output : kernel_.outputs)
      if (lies_apart(output.coordinates))
        out += static_cast<double>(output.type.elements()) * cost_of_scattered(output.type.dtype);
    return out;
  }

  /// No loop of more than a few iterations walks along the last axis, element by element.
  bool lies_apart(const ir::Coordinates& coordinates) const {
    if (coordinates.empty()) return false;
    const ir::Affine& last = coordinates.back().affine;
    bool is_walked = false;
    for (std::size_t loop = 0; loop < kernel_.extents.size(); ++loop) {
      if (kernel_.extents[loop] == 1 || last.coefficient(loop) == 0) continue;
      is_walked = true;
      if (last.coefficient(loop) == 1 && kernel_.extents[loop] >= few) return false;
    }
    return is_walked;
  }

  /// Bytes that a pass over the reduction loops touches, for one point of the parallel loops.
  double bytes_of_row() const {
    double out = 0;
    for (ScalarId i = 0; i < kernel_.body.size(); ++i) {
      const Instruction& load = kernel_.body[i];
      if (load.op != ScalarOp::load || !staging_.varies[i]) continue;
      const Access& access = access_of(kernel_, load);
      double elements = 1;
      bool is_contiguous = false;
      for (std::size_t loop = kernel_.parallel; loop < kernel_.extents.size(); ++loop) {
        if (!(depends_on_[i] & bit(loop))) continue;
        elements *= static_cast<double>(kernel_.extents[loop]);
        is_contiguous = is_contiguous || access.coordinates.back().affine.coefficient(loop) == 1;
      }
      out += elements * static_cast<double>(is_contiguous ? byte_size(load.dtype) : cache_line);
    }
    return out;
  }

  double part_read_again() const {
    const double row = bytes_of_row();
    for (const Distance& cache : caches)
      if (row <= cache.bytes) return cache.part;
    return 1;
  }

  /// A contraction reads factors where they lie, but one that may be left is copied first, element
  /// by element of the product.
  double copies() const {
    double out = 0;
    for (ScalarId i = 0; i < kernel_.body.size() && !products_.empty(); ++i) {
      const Instruction& load = kernel_.body[i];
      if (load.op != ScalarOp::load || !staging_.varies[i]) continue;
      if (always_inside(kernel_, access_of(kernel_, load))) continue;
      out += 2 * executions(i) * static_cast<double>(byte_size(load.dtype));
    }
    return out;
  }

  /// Every operand is read once, and again in every pass that finds it gone from the nearest cache;
  /// every result is written.
  double traffic() const {
    const double again = part_read_again();
    std::vector<double> read(kernel_.operands.size(), 0);
    for (ScalarId i = 0; i < kernel_.body.size(); ++i) {
      if (kernel_.body[i].op != ScalarOp::load) continue;
      const std::uint32_t operand = access_of(kernel_, kernel_.body[i]).operand;
      const auto size = static_cast<double>(kernel_.operands[operand].bytes());
      const double touched = executions(i) * static_cast<double>(byte_size(kernel_.body[i].dtype));
      read[operand] =
          std::max(read[operand], std::min(size, touched) * (1 + again * (passes(i) - 1)));
    }
    double out = 0;
    for (const double bytes : read) out += bytes;
    for (const ir::Output& output : kernel_.outputs)
      out += static_cast<double>(output.type.bytes()) * (output.accumulate ? 2 : 1);
    return out;
  }

  const Kernel& kernel_;
  ir::Staging staging_;
  std::vector<Loops> depends_on_;
  std::vector<ScalarId> products_;
  std::vector<std::uint32_t> needed_in_;
};

}  // namespace

double cost(const Kernel& kernel) { return Profile(kernel).total(); }

double cost_of_moving(const ir::Type& type) {
  const auto bytes = static_cast<double>(type.bytes());
  const bool lies_apart = !type.shape.empty() && type.shape.back() > 1 && type.shape.back() < few;
  if (!lies_apart) return bytes;
  return bytes + static_cast<double>(type.elements()) * cost_of_scattered(type.dtype);
}

double work(const Kernel& kernel) { return Profile(kernel).work(); }

std::int64_t bytes_moved(const Kernel& kernel) {
  std::int64_t out = 0;
  for (const ir::Type& operand : kernel.operands) out += operand.bytes();
  for (const ir::Output& output : kernel.outputs) out += output.type.bytes();
  return out;
}

bool is_contraction(const Kernel& kernel) {
  return !contracted_products(kernel, loops_of_body(kernel)).empty();
}

std::int64_t reductions(const Kernel& kernel) {
  return std::ranges::count_if(kernel.body,
                               [](const Instruction& i) { return is_reduction(i.op); });
}

}  // namespace gradc::passes
