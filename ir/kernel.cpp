#include "ir/kernel.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>

namespace gradc::ir {

namespace {

/// Equal forms must be equal values, so that accesses can be compared.
Affine canonical(Affine affine) {
  while (!affine.coefficients.empty() && affine.coefficients.back() == 0)
    affine.coefficients.pop_back();
  return affine;
}

bool depends_on_reduction(const Affine& affine, const Kernel& kernel) {
  for (std::size_t loop = kernel.parallel; loop < affine.coefficients.size(); ++loop)
    if (affine.coefficients[loop] != 0) return true;
  return false;
}

/// What the staging of an instruction depends on: arguments, or where a load goes.
std::vector<ScalarId> sources_of(const Kernel& kernel, const Instruction& instruction) {
  if (instruction.op != ScalarOp::load) return instruction.arguments;
  std::vector<ScalarId> out;
  for (const Coordinate& c :
       kernel.accesses[static_cast<std::size_t>(instruction.integer)].coordinates)
    if (c.indirect != no_scalar) out.push_back(c.indirect);
  return out;
}

/// Does the instruction itself look at a reduction loop's index?
bool reads_reduction_loop(const Kernel& kernel, const Instruction& instruction) {
  if (instruction.op == ScalarOp::index)
    return static_cast<std::size_t>(instruction.integer) >= kernel.parallel;
  if (instruction.op != ScalarOp::load) return false;
  return std::ranges::any_of(
      kernel.accesses[static_cast<std::size_t>(instruction.integer)].coordinates,
      [&](const Coordinate& c) { return depends_on_reduction(c.affine, kernel); });
}

}  // namespace

Affine loop_index(std::size_t loop) {
  Affine out{std::vector<std::int64_t>(loop + 1)};
  out.coefficients[loop] = 1;
  return out;
}

Affine operator+(const Affine& a, const Affine& b) {
  Affine out{a.coefficients, a.constant + b.constant};
  out.coefficients.resize(std::max(a.coefficients.size(), b.coefficients.size()));
  for (std::size_t loop = 0; loop < b.coefficients.size(); ++loop)
    out.coefficients[loop] += b.coefficients[loop];
  return canonical(std::move(out));
}

Affine operator+(const Affine& a, std::int64_t b) { return {a.coefficients, a.constant + b}; }

Affine operator*(std::int64_t factor, const Affine& a) {
  Affine out{a.coefficients, factor * a.constant};
  for (std::int64_t& coefficient : out.coefficients) coefficient *= factor;
  return canonical(std::move(out));
}

Staging stage(const Kernel& kernel) {
  Staging out{std::vector<bool>(kernel.body.size()), std::vector<int>(kernel.body.size())};
  for (std::size_t i = 0; i < kernel.body.size(); ++i) {
    const Instruction& instruction = kernel.body[i];
    bool varies = reads_reduction_loop(kernel, instruction);
    int stage = 0;
    for (const ScalarId source : sources_of(kernel, instruction)) {
      varies = varies || out.varies[source];
      stage = std::max(stage, out.stage[source]);
    }
    if (is_reduction(instruction.op)) {
      varies = false;
      out.passes = std::max(out.passes, ++stage);
    }
    out.varies[i] = varies;
    out.stage[i] = stage;
  }
  return out;
}

Interval range_of(const Affine& affine, std::span<const std::int64_t> extents) {
  Interval out{affine.constant, affine.constant};
  for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop) {
    const std::int64_t reach = affine.coefficients[loop] * (extents[loop] - 1);
    (reach < 0 ? out.low : out.high) += reach;
  }
  return out;
}

bool always_inside(const Kernel& kernel, const Access& access) {
  if (std::ranges::find(kernel.extents, 0) != kernel.extents.end()) return true;
  const Shape& shape = kernel.operands[access.operand].shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const Coordinate& c = access.coordinates[axis];
    const auto is_multiple = [&](std::int64_t value) { return value % c.divisor == 0; };
    if (c.indirect != no_scalar || !is_multiple(c.affine.constant)) return false;
    if (!std::ranges::all_of(c.affine.coefficients, is_multiple)) return false;
    const Interval range = range_of(c.affine, kernel.extents);
    if (range.low < 0 || range.high / c.divisor >= shape[axis]) return false;
  }
  return true;
}

// ---- Text ------------------------------------------------------------------------------------

namespace {

std::string to_text(const Affine& affine) {
  std::string out;
  const auto add = [&](std::int64_t factor, const std::string& what) {
    if (factor == 0) return;
    out += out.empty() ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + ");
    const auto size =
        factor < 0 ? -static_cast<std::uint64_t>(factor) : static_cast<std::uint64_t>(factor);
    if (what.empty())
      out += fmt::format("{}", size);
    else
      out += size == 1 ? what : fmt::format("{}*{}", size, what);
  };
  for (std::size_t loop = 0; loop < affine.coefficients.size(); ++loop)
    add(affine.coefficients[loop], fmt::format("i{}", loop));
  add(affine.constant, "");
  return out.empty() ? "0" : out;
}

std::string to_text(const Coordinate& c) {
  std::string out = to_text(c.affine);
  if (c.divisor != 1) out = fmt::format("({}) / {}", out, c.divisor);
  if (c.indirect == no_scalar) return out;
  return out == "0" ? fmt::format("v{}", c.indirect) : fmt::format("{} + v{}", out, c.indirect);
}

std::string to_text(const Coordinates& coordinates) {
  std::vector<std::string> texts;
  for (const Coordinate& c : coordinates) texts.push_back(to_text(c));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string to_text(const Kernel& kernel, const Instruction& instruction) {
  std::string out{name(instruction.op)};
  switch (instruction.op) {
    case ScalarOp::constant:
      out += is_float(instruction.dtype) ? fmt::format(" {}", instruction.real)
                                         : fmt::format(" {}", instruction.integer);
      break;
    case ScalarOp::index:
      out += fmt::format(" i{}", instruction.integer);
      break;
    case ScalarOp::load: {
      const Access& access = kernel.accesses[static_cast<std::size_t>(instruction.integer)];
      out += fmt::format(" x{}{}", access.operand, to_text(access.coordinates));
      break;
    }
    case ScalarOp::random:
      out += fmt::format(" {}", instruction.integer);
      break;
    default:
      break;
  }
  for (const ScalarId argument : instruction.arguments) out += fmt::format(" v{}", argument);
  return fmt::format("{} : {}", out, instruction.dtype);
}

}  // namespace

std::string to_string(const Kernel& kernel) {
  const auto extents = std::span(kernel.extents);
  std::string out = fmt::format("kernel [{}", fmt::join(extents.first(kernel.parallel), ", "));
  if (kernel.parallel < extents.size())
    out += fmt::format(" | {}", fmt::join(extents.subspan(kernel.parallel), ", "));
  out += fmt::format("] ({})\n", fmt::join(kernel.operands, ", "));
  for (std::size_t i = 0; i < kernel.body.size(); ++i)
    out += fmt::format("  v{} = {}\n", i, to_text(kernel, kernel.body[i]));
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
    const Output& output = kernel.outputs[i];
    out += fmt::format("  y{}{} {} v{} : {}\n", i, to_text(output.coordinates),
                       output.accumulate ? "+=" : "=", output.value, output.type);
  }
  return out;
}

}  // namespace gradc::ir
