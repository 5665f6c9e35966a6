#include "codegen/cut.h"

#include <algorithm>
#include <optional>
#include <set>

namespace gradc::codegen {

namespace {

using ir::Instruction;
using ir::Kernel;
using ir::ScalarId;
using ir::ScalarOp;

constexpr std::size_t most_parts = 8;       // each is code of its own
constexpr std::int64_t fewest_points = 16;  // that lie side by side in a part

/// Iterations of one loop.
struct Cut {
  std::size_t loop;
  std::int64_t first, last;
};

/// `index < constant` as the first index for which it is false, or `constant < index` as the first
/// one for which it is true; likewise with `<=`.
struct Comparison {
  std::size_t loop;
  std::int64_t change;
  bool is_true_below;
};

std::optional<Comparison> comparison(const Kernel& kernel, const Instruction& instruction) {
  if (instruction.op != ScalarOp::lt && instruction.op != ScalarOp::le) return std::nullopt;
  const Instruction& a = kernel.body[instruction.arguments[0]];
  const Instruction& b = kernel.body[instruction.arguments[1]];
  const std::int64_t or_equal = instruction.op == ScalarOp::le ? 1 : 0;
  if (a.op == ScalarOp::index && b.op == ScalarOp::constant)
    return Comparison{static_cast<std::size_t>(a.integer), b.integer + or_equal, true};
  if (a.op == ScalarOp::constant && b.op == ScalarOp::index)
    return Comparison{static_cast<std::size_t>(b.integer), a.integer + 1 - or_equal, false};
  return std::nullopt;
}

std::optional<Comparison> choice(const Kernel& kernel, const Instruction& instruction) {
  if (instruction.op != ScalarOp::select) return std::nullopt;
  const auto out = comparison(kernel, kernel.body[instruction.arguments[0]]);
  return out && out->loop < kernel.parallel ? out : std::nullopt;
}

/// Of the parallel loops that choices depend on, the innermost.
std::optional<std::size_t> loop_to_cut(const Kernel& kernel) {
  std::optional<std::size_t> out;
  for (const Instruction& instruction : kernel.body)
    if (const auto found = choice(kernel, instruction))
      out = std::max(out.value_or(0), found->loop);
  return out;
}

std::vector<Cut> cuts(const Kernel& kernel, std::size_t loop) {
  std::set<std::int64_t> changes{kernel.extents[loop]};
  for (const Instruction& instruction : kernel.body)
    if (const auto found = choice(kernel, instruction); found && found->loop == loop)
      if (found->change > 0 && found->change < kernel.extents[loop]) changes.insert(found->change);
  std::vector<Cut> out;
  std::int64_t first = 0;
  for (const std::int64_t change : changes) {
    out.push_back({loop, first, change});
    first = change;
  }
  return out;
}

bool is_worth_it(const Kernel& kernel, const std::vector<Cut>& cuts) {
  // A scatter adds in the order of the loops, and sums of columns want whole rows.
  if (std::ranges::any_of(kernel.outputs, &ir::Output::accumulate)) return false;
  if (kernel.parallel < kernel.extents.size()) return false;
  if (cuts.size() < 2 || cuts.size() > most_parts) return false;
  std::int64_t inner = 1;
  for (std::size_t loop = cuts[0].loop + 1; loop < kernel.parallel; ++loop)
    inner *= kernel.extents[loop];
  return std::ranges::all_of(
      cuts, [&](const Cut& cut) { return (cut.last - cut.first) * inner >= fewest_points; });
}

/// The kernel for the iterations of a cut.
class Part {
 public:
  Part(const Kernel& kernel, const Cut& cut)
      : kernel_(kernel), cut_(cut), copies_(kernel.body.size(), ir::no_scalar) {}

  Kernel build() {
    out_.extents = kernel_.extents;
    out_.extents[cut_.loop] = cut_.last - cut_.first;
    out_.parallel = kernel_.parallel;
    out_.operands = kernel_.operands;
    const std::vector<bool> needed = this->needed();
    for (ScalarId id = 0; id < needed.size(); ++id)
      if (needed[id]) copies_[id] = copy(id);
    for (const ir::Output& output : kernel_.outputs) {
      out_.outputs.push_back(output);
      out_.outputs.back().value = copies_[output.value];
      move(out_.outputs.back().coordinates);
    }
    return std::move(out_);
  }

 private:
  /// What a comparison always says in this part.
  std::optional<bool> known(ScalarId id) const {
    const auto found = comparison(kernel_, kernel_.body[id]);
    if (!found || found->loop != cut_.loop) return std::nullopt;
    if (cut_.last <= found->change) return found->is_true_below;
    if (cut_.first >= found->change) return !found->is_true_below;
    return std::nullopt;
  }

  /// The value that a choice is in this part, if that is clear.
  std::optional<ScalarId> chosen(ScalarId id) const {
    const Instruction& instruction = kernel_.body[id];
    if (instruction.op != ScalarOp::select) return std::nullopt;
    const auto condition = known(instruction.arguments[0]);
    if (!condition) return std::nullopt;
    return instruction.arguments[*condition ? 1 : 2];
  }

  std::vector<bool> needed() const {
    std::vector<bool> out(kernel_.body.size());
    const auto need = [&](const ir::Coordinates& coordinates) {
      for (const ir::Coordinate& c : coordinates)
        if (c.indirect != ir::no_scalar) out[c.indirect] = true;
    };
    for (const ir::Output& output : kernel_.outputs) {
      out[output.value] = true;
      need(output.coordinates);
    }
    for (auto id = static_cast<ScalarId>(out.size()); id-- > 0;) {
      if (!out[id] || known(id)) continue;
      const Instruction& instruction = kernel_.body[id];
      if (const auto value = chosen(id)) {
        out[*value] = true;
        continue;
      }
      for (const ScalarId argument : instruction.arguments) out[argument] = true;
      if (instruction.op == ScalarOp::load) need(access(instruction).coordinates);
    }
    return out;
  }

  ScalarId copy(ScalarId id) {
    if (const auto value = chosen(id)) return copies_[*value];
    Instruction instruction = kernel_.body[id];
    if (const auto condition = known(id))
      return append({ScalarOp::constant, ir::DType::boolean, {}, 0, *condition ? 1 : 0});
    for (ScalarId& argument : instruction.arguments) argument = copies_[argument];
    if (instruction.op == ScalarOp::load) {
      out_.accesses.push_back(access(instruction));
      move(out_.accesses.back().coordinates);
      instruction.integer = std::ssize(out_.accesses) - 1;
    }
    const ScalarId copied = append(instruction);
    const bool moves = instruction.op == ScalarOp::index && cut_.first > 0 &&
                       instruction.integer == static_cast<std::int64_t>(cut_.loop);
    if (!moves) return copied;
    const ScalarId first = append({ScalarOp::constant, instruction.dtype, {}, 0, cut_.first});
    return append({ScalarOp::add, instruction.dtype, {copied, first}});
  }

  const ir::Access& access(const Instruction& load) const {
    return kernel_.accesses[static_cast<std::size_t>(load.integer)];
  }

  void move(ir::Coordinates& coordinates) const {
    for (ir::Coordinate& c : coordinates) {
      c.affine.constant += c.affine.coefficient(cut_.loop) * cut_.first;
      if (c.indirect != ir::no_scalar) c.indirect = copies_[c.indirect];
    }
  }

  ScalarId append(Instruction instruction) {
    out_.body.push_back(std::move(instruction));
    return static_cast<ScalarId>(out_.body.size() - 1);
  }

  const Kernel& kernel_;
  const Cut& cut_;
  Kernel out_;
  std::vector<ScalarId> copies_;  // by instruction of the whole kernel
};

}  // namespace

std::vector<Kernel> parts_of(const Kernel& kernel) {
  const auto loop = loop_to_cut(kernel);
  if (!loop) return {kernel};
  const std::vector<Cut> all = cuts(kernel, *loop);
  if (!is_worth_it(kernel, all)) return {kernel};
  std::vector<Kernel> out;
  for (const Cut& cut : all) out.push_back(Part(kernel, cut).build());
  return out;
}

}  // namespace gradc::codegen
