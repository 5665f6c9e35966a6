#include "codegen/nest.h"

#include <algorithm>
#include <cassert>

namespace gradc::codegen {

namespace {

/// The loops of the kernel that remain, by their number in the nest.
struct Renumbering {
  std::vector<std::optional<std::size_t>> to;
  std::size_t count = 0;
};

/// A loop of one iteration is no loop.
Renumbering without_unit_loops(const ir::Kernel& kernel) {
  Renumbering out;
  for (const std::int64_t extent : kernel.extents) {
    out.to.push_back(extent == 1 ? std::nullopt : std::optional(out.count));
    out.count += extent == 1 ? 0 : 1;
  }
  return out;
}

ir::Affine renumber(const ir::Affine& affine, const Renumbering& loops) {
  ir::Affine out{{}, affine.constant};
  for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop)
    if (loops.to[loop]) out = out + affine.coefficients[loop] * ir::loop_index(*loops.to[loop]);
  return out;
}

/// (4*i + 8) / 2  →  2*i + 4
ir::Coordinate divide_out(ir::Coordinate c) {
  const auto is_multiple = [&](std::int64_t value) { return value % c.divisor == 0; };
  if (!is_multiple(c.affine.constant)) return c;
  if (!std::ranges::all_of(c.affine.coefficients, is_multiple)) return c;
  for (std::int64_t& coefficient : c.affine.coefficients) coefficient /= c.divisor;
  c.affine.constant /= c.divisor;
  c.divisor = 1;
  return c;
}

bool always_inside(const ir::Coordinate& c, std::int64_t extent,
                   std::span<const std::int64_t> extents) {
  if (c.divisor != 1 || c.indirect != ir::no_scalar) return false;
  const ir::Interval range = ir::range_of(c.affine, extents);
  return range.low >= 0 && range.high < extent;
}

class Builder {
 public:
  explicit Builder(const ir::Kernel& kernel) : kernel_(kernel), loops_(without_unit_loops(kernel)) {
    assert(loops_.count <= max_loops && "a kernel has a few loops");
    for (std::size_t loop = 0; loop < kernel.extents.size(); ++loop) {
      if (!loops_.to[loop]) continue;
      nest_.extents.push_back(kernel.extents[loop]);
      if (loop < kernel.parallel) ++nest_.parallel;
    }
    nest_.body = kernel.body;
    nest_.operands = kernel.operands;
  }

  Nest build() {
    for (ir::Instruction& instruction : nest_.body) renumber_index(instruction);
    for (const ir::Access& access : kernel_.accesses)
      nest_.accesses.push_back(
          address(access.operand, kernel_.operands[access.operand], access.coordinates));
    for (std::uint32_t i = 0; i < kernel_.outputs.size(); ++i) {
      const ir::Output& output = kernel_.outputs[i];
      nest_.outputs.push_back(
          {output.value, address(i, output.type, output.coordinates), output.accumulate});
    }
    return std::move(nest_);
  }

 private:
  void renumber_index(ir::Instruction& instruction) const {
    if (instruction.op != ir::ScalarOp::index) return;
    if (const auto loop = loops_.to[static_cast<std::size_t>(instruction.integer)])
      instruction.integer = static_cast<std::int64_t>(*loop);
    else
      instruction = {ir::ScalarOp::constant, ir::DType::i64};
  }

  Address address(std::uint32_t buffer, const ir::Type& type,
                  const ir::Coordinates& coordinates) const {
    Address out{buffer, type.dtype, std::vector<std::int64_t>(nest_.extents.size())};
    out.elements = type.elements();
    const std::vector<std::int64_t> strides = ir::row_major_strides(type.shape);
    // What an empty loop would read does not matter, but its bounds must be computable.
    std::vector<std::int64_t> extents = nest_.extents;
    for (std::int64_t& extent : extents) extent = std::max<std::int64_t>(extent, 1);

    for (std::size_t axis = 0; axis < type.shape.size(); ++axis) {
      ir::Coordinate c = coordinates[axis];
      c.affine = renumber(c.affine, loops_);
      c = divide_out(std::move(c));
      const Check check{c, type.shape[axis], strides[axis]};
      if (!always_inside(c, check.extent, extents)) out.checks.push_back(check);
      if (check.is_dynamic()) continue;
      out.offset += c.affine.constant * strides[axis];
      for (std::size_t loop = 0; loop < c.affine.coefficients.size(); ++loop)
        out.strides[loop] += c.affine.coefficients[loop] * strides[axis];
    }
    return out;
  }

  const ir::Kernel& kernel_;
  Renumbering loops_;
  Nest nest_;
};

// ---- Making one loop of two ------------------------------------------------------------------

/// Walking `loop` and then `loop + 1` is walking one loop through this address.
bool is_one_walk(const Address& address, std::size_t loop, std::int64_t inner_extent) {
  const auto looks_at = [&](const Check& check) {
    const ir::Affine& affine = check.coordinate.affine;
    return affine.coefficient(loop) != 0 || affine.coefficient(loop + 1) != 0;
  };
  return address.strides[loop] == address.strides[loop + 1] * inner_extent &&
         std::ranges::none_of(address.checks, looks_at);
}

bool can_merge(const Nest& nest, std::size_t loop) {
  if (nest.is_parallel(loop) != nest.is_parallel(loop + 1)) return false;
  const std::int64_t inner = nest.extents[loop + 1];
  // Empty loops stay as they are: what lies in them must not be taken out of them.
  if (inner == 0 || nest.extents[loop] == 0) return false;
  for (const ir::Instruction& instruction : nest.body) {
    if (instruction.op != ir::ScalarOp::index) continue;
    const auto read = static_cast<std::size_t>(instruction.integer);
    if (read == loop || read == loop + 1) return false;
  }
  const auto one_walk = [&](const Address& address) { return is_one_walk(address, loop, inner); };
  return std::ranges::all_of(nest.accesses, one_walk) &&
         std::ranges::all_of(nest.outputs, one_walk, &NestOutput::address);
}

template <typename T>
void erase_at(std::vector<T>& values, std::size_t position) {
  if (position < values.size())
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(position));
}

/// Iterations of `loop + 1` become those of the merged loop, whose number is `loop`.
void merge(Nest& nest, std::size_t loop) {
  nest.extents[loop] *= nest.extents[loop + 1];
  erase_at(nest.extents, loop + 1);
  if (nest.is_parallel(loop)) --nest.parallel;
  for (ir::Instruction& instruction : nest.body)
    if (instruction.op == ir::ScalarOp::index &&
        instruction.integer > static_cast<std::int64_t>(loop))
      --instruction.integer;
  const auto merge_address = [&](Address& address) {
    erase_at(address.strides, loop);
    for (Check& check : address.checks) erase_at(check.coordinate.affine.coefficients, loop);
  };
  for (Address& access : nest.accesses) merge_address(access);
  for (NestOutput& output : nest.outputs) merge_address(output.address);
}

void merge_loops(Nest& nest) {
  for (std::size_t loop = nest.extents.size(); loop-- > 1;)
    if (can_merge(nest, loop - 1)) merge(nest, loop - 1);
}

// ---- What depends on what ----------------------------------------------------------------------

LoopSet loops_of(const Nest& nest, const ir::Instruction& instruction) {
  LoopSet out;
  for (const ir::ScalarId argument : instruction.arguments) out |= nest.loops[argument];
  if (instruction.op == ir::ScalarOp::index)
    out |= LoopSet::of(static_cast<std::size_t>(instruction.integer));
  if (instruction.op == ir::ScalarOp::load)
    out |= nest.loops_of(nest.accesses[static_cast<std::size_t>(instruction.integer)]);
  if (!is_reduction(instruction.op)) return out;

  LoopSet parallel;
  for (std::size_t loop = 0; loop < nest.parallel; ++loop) parallel |= LoopSet::of(loop);
  return out & parallel;
}

}  // namespace

std::int64_t Nest::points(std::size_t first, std::size_t last) const {
  std::int64_t out = 1;
  for (std::size_t loop = first; loop < last; ++loop) out *= extents[loop];
  return out;
}

LoopSet Nest::loops_of(const Address& address) const {
  LoopSet out;
  for (std::size_t loop = 0; loop < address.strides.size(); ++loop)
    if (address.strides[loop] != 0) out |= LoopSet::of(loop);
  for (const Check& check : address.checks) {
    const ir::Coordinate& c = check.coordinate;
    for (std::size_t loop = 0; loop < c.affine.coefficients.size(); ++loop)
      if (c.affine.coefficients[loop] != 0) out |= LoopSet::of(loop);
    if (c.indirect != ir::no_scalar) out |= loops[c.indirect];
  }
  return out;
}

bool Nest::varies(const NestOutput& output) const {
  if (staging.varies[output.value]) return true;
  const LoopSet where = loops_of(output.address);
  for (std::size_t loop = parallel; loop < extents.size(); ++loop)
    if (where.contains(loop)) return true;
  return false;
}

Nest nest_of(const ir::Kernel& kernel) {
  Nest nest = Builder(kernel).build();
  nest.staging = ir::stage(kernel);
  merge_loops(nest);
  for (const ir::Instruction& instruction : nest.body)
    nest.loops.push_back(loops_of(nest, instruction));
  return nest;
}

std::optional<std::int64_t> stride_along(const Nest& nest, const Address& address,
                                         std::size_t loop) {
  std::int64_t stride = address.strides[loop];
  for (const Check& check : address.checks) {
    const ir::Coordinate& c = check.coordinate;
    const std::int64_t coefficient = c.affine.coefficient(loop);
    if (c.divisor != 1 && coefficient != 0) return std::nullopt;
    if (c.indirect != ir::no_scalar && nest.loops[c.indirect].contains(loop)) return std::nullopt;
    if (check.is_dynamic()) stride += coefficient * check.stride;
  }
  return stride;
}

Motion motion(const Nest& nest, const Address& address, std::size_t loop) {
  if (!nest.loops_of(address).contains(loop)) return Motion::none;
  const auto stride = stride_along(nest, address, loop);
  if (!stride) return Motion::scattered;
  return stride == 1 ? Motion::contiguous : Motion::strided;
}

std::vector<const Address*> loads_behind(const Nest& nest, ir::ScalarId root) {
  std::vector<const Address*> out;
  std::vector<bool> is_needed(root + 1);
  is_needed[root] = true;
  for (ir::ScalarId id = root + 1; id-- > 0;) {
    if (!is_needed[id]) continue;
    const ir::Instruction& instruction = nest.body[id];
    for (const ir::ScalarId argument : instruction.arguments) is_needed[argument] = true;
    if (instruction.op != ir::ScalarOp::load) continue;
    out.push_back(&nest.accesses[static_cast<std::size_t>(instruction.integer)]);
    for (const Check& check : out.back()->checks)
      if (check.coordinate.indirect != ir::no_scalar) is_needed[check.coordinate.indirect] = true;
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace gradc::codegen
