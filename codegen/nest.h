#pragma once
/// A kernel as code generation wants it: addresses in elements, loops of one iteration gone, loops
/// that walk through memory as one made one. No LLVM here.
///
///   kernel [4, 8] : load x[i0, i1]           nest [32] : load x + i0
///   kernel [4, 8 | 3] : load x[i0, i1 + i2]  nest [4, 8 | 3] : load x + 10*i0 + i1 + i2
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/kernel.h"

namespace gradc::codegen {

/// Parts of `size` that cover `total`.
constexpr std::int64_t divide_up(std::int64_t total, std::int64_t size) {
  return (total + size - 1) / size;
}

/// A set of loops, by number. Kernels have few.
class LoopSet {
 public:
  LoopSet() = default;
  static LoopSet of(std::size_t loop) { return LoopSet(std::uint64_t{1} << loop); }
  bool contains(std::size_t loop) const { return (bits_ >> loop & 1) != 0; }
  bool empty() const { return bits_ == 0; }
  LoopSet operator|(LoopSet other) const { return LoopSet(bits_ | other.bits_); }
  LoopSet operator&(LoopSet other) const { return LoopSet(bits_ & other.bits_); }
  LoopSet& operator|=(LoopSet other) { return *this = *this | other; }
  bool is_inside(LoopSet other) const { return (bits_ & ~other.bits_) == 0; }
  bool operator==(const LoopSet&) const = default;

 private:
  explicit LoopSet(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};
constexpr std::size_t max_loops = 64;

/// One axis of an address that is not just a stride: it can be outside, or depends on data.
struct Check {
  ir::Coordinate coordinate;  ///< over the nest's loops
  std::int64_t extent;        ///< of the axis
  std::int64_t stride;        ///< elements between neighbours along the axis

  /// The axis' part in the address is known only when it is computed; else it is in the strides.
  bool is_dynamic() const {
    return coordinate.divisor != 1 || coordinate.indirect != ir::no_scalar;
  }
};

/// strides · loop indices + offset + the dynamic checks' parts, in elements.
struct Address {
  std::uint32_t buffer = 0;  ///< number of the operand or the output
  ir::DType dtype = ir::DType::f32;
  std::vector<std::int64_t> strides = {};  ///< one per loop
  std::int64_t offset = 0;
  std::vector<Check> checks = {};
  std::int64_t elements = 0;  ///< of the buffer

  bool operator==(const Address&) const = default;
};

struct NestOutput {
  ir::ScalarId value;
  Address address;
  bool accumulate;
};

struct Nest {
  std::vector<std::int64_t> extents;  ///< parallel loops first, outermost first
  std::size_t parallel = 0;
  std::vector<Address> accesses;
  std::vector<ir::Instruction> body;  ///< as the kernel's; loops in `index` are the nest's
  std::vector<NestOutput> outputs;
  std::vector<ir::Type> operands;  ///< as the kernel's

  // What each instruction depends on, reductions seen through or not.
  std::vector<LoopSet> loops;  ///< a reduction's result depends on parallel loops only
  ir::Staging staging;

  std::int64_t points(std::size_t first, std::size_t last) const;  ///< of these loops
  bool is_parallel(std::size_t loop) const { return loop < parallel; }
  /// The loops an address depends on, data it goes through included.
  LoopSet loops_of(const Address& address) const;
  /// Does the output have a value per point of the reduction loops?
  bool varies(const NestOutput& output) const;
};

Nest nest_of(const ir::Kernel& kernel);

/// What an instruction reads, in the order of the instructions; the data that addresses go through
/// included.
std::vector<const Address*> loads_behind(const Nest& nest, ir::ScalarId root);

/// How an address moves when one loop is walked through.
enum class Motion {
  none,        ///< the same element
  contiguous,  ///< the next element; checks may mask some of them
  strided,     ///< by a fixed distance
  scattered,   ///< anywhere
};
Motion motion(const Nest& nest, const Address& address, std::size_t loop);
/// Elements from one iteration of the loop to the next; nothing where divisors or data decide.
std::optional<std::int64_t> stride_along(const Nest& nest, const Address& address,
                                         std::size_t loop);
/// Lanes that lie so few elements apart come by a few whole vectors and a shuffle.
constexpr std::int64_t widest_shuffle = 4;

}  // namespace gradc::codegen
