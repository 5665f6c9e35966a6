#include "codegen/tile_results.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>

#include "codegen/vectors.h"
#include "codegen/walk.h"

namespace gradc::codegen {

namespace {

/// Sums; in fewer iterations nothing would arrive from beyond the second-level cache.
constexpr std::int64_t shortest_to_fetch_behind = 64;
/// Cycles per vector, of what may be written out for every register.
constexpr double most_cost_in_registers = 4;

std::vector<ir::ScalarId> values_of(const Nest& nest) {
  std::vector<ir::ScalarId> out;
  for (const NestOutput& output : nest.outputs) out.push_back(output.value);
  return out;
}

bool can_come_from_registers(const Body& body, const Contraction& c) {
  const Nest& nest = body.nest();
  double cost = 0;
  for (std::size_t id = c.reduction; id < nest.body.size(); ++id) cost += cost_of(nest.body[id]);
  const bool can_mask = c.n_extent % c.lanes == 0 || body.target().masked_access;
  const bool is_contiguous = std::ranges::all_of(nest.outputs, [&](const NestOutput& output) {
    return motion(nest, output.address, c.n) == Motion::contiguous;
  });
  return c.k_blocks(nest) == 1 && can_mask && is_contiguous && cost <= most_cost_in_registers;
}

}  // namespace

TileResults::TileResults(Body& body, const Contraction& c)
    : body_(body),
      builder_(body.builder()),
      nest_(body.nest()),
      c_(c),
      roots_(values_of(nest_)),
      come_from_registers_(can_come_from_registers(body, c)) {}

void TileResults::write_point(const Scope& scope, const Tile& tile, llvm::Value* row,
                              llvm::Value* sum) {
  Scope inside = at_row(body_, c_, scope, tile.m, row);
  inside.values[c_.reduction] = sum;
  body_.compute(inside, roots_);
  for (const NestOutput& output : nest_.outputs) body_.store(inside, output);
}

void TileResults::write(const Scope& scope, const Tile& tile, const Carried& sums) {
  for (unsigned v = 0; v < tile.vectors; ++v) {
    llvm::Value* n = add(builder_, tile.n, number(builder_, std::int64_t{v} * c_.lanes));
    Scope inside = body_.inside(scope, n, c_.lanes, tile_mask(body_, c_, tile, v));
    body_.compute(inside, roots_);
    for (std::int64_t row = 0; row < tile.rows; ++row)
      write_point(inside, tile, number(builder_, row),
                  sums[static_cast<std::size_t>(row) * tile.vectors + v]);
  }
}

void TileResults::write(const Scope& scope, const Tile& tile, PartialSums sums) {
  VectorRange range{number(builder_, 0), number(builder_, tile.columns), c_.lanes};
  range.whole = tile.columns % c_.lanes == 0;
  range.origin = tile.n;
  for_vectors(body_, scope, range, {}, [&](std::vector<Scope> scopes, const Carried&) {
    body_.compute(scopes[0], roots_);
    llvm::Value* column = builder_.CreateSub(scopes[0].indices[c_.n], tile.n);
    for_loop(builder_, {number(builder_, 0), number(builder_, tile.rows)}, [&](llvm::Value* row) {
      write_point(scopes[0], tile, row, sums.load(row, column, scopes[0].lanes));
    });
    return Carried();
  });
}

void TileResults::fetch_surroundings(const Scope& scope, const Tile& tile) {
  if (c_.k_points(nest_) < shortest_to_fetch_behind) return;
  for (const Address* address : loads_beside_sum()) {
    const bool is_contiguous = motion(nest_, *address, c_.n) == Motion::contiguous;
    if (!address->checks.empty() || !is_contiguous) continue;
    for (std::int64_t row = 0; row < tile.rows; ++row)
      for (unsigned v = 0; v < tile.vectors; ++v) {
        llvm::Value* n = add(builder_, tile.n, number(builder_, std::int64_t{v} * c_.lanes));
        const Scope in_row = at_row(body_, c_, scope, tile.m, number(builder_, row));
        prefetch(builder_, body_.pointer(body_.inside(in_row, c_.n, n), *address));
      }
  }
}

/// What the results read without the sum's help.
std::vector<const Address*> TileResults::loads_beside_sum() const {
  std::vector<bool> needed(nest_.body.size(), false);
  for (const ir::ScalarId root : roots_) needed[root] = true;
  std::vector<const Address*> out;
  for (auto id = static_cast<ir::ScalarId>(needed.size()); id-- > 0;) {
    if (!needed[id] || id == c_.reduction) continue;
    const ir::Instruction& instruction = nest_.body[id];
    for (const ir::ScalarId argument : instruction.arguments) needed[argument] = true;
    if (instruction.op == ir::ScalarOp::load)
      out.push_back(&nest_.accesses[static_cast<std::size_t>(instruction.integer)]);
  }
  return out;
}

}  // namespace gradc::codegen
