#include "codegen/fetch_ahead.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <bit>

namespace gradc::codegen {

namespace {

constexpr std::int64_t line_bytes = 64;
constexpr std::int64_t most_sections = 8;  // that share the work of fetching a block of y

/// The loops of k in a block walk through y as one would.
bool is_even_along_k(const Address& y, const Contraction& c, const Nest& nest) {
  std::int64_t distance = y.strides[c.k.back()];
  for (std::size_t i = c.k.size(); i-- > c.k_split;) {
    if (y.strides[c.k[i]] != distance) return false;
    distance *= nest.extents[c.k[i]];
  }
  return true;
}

/// As many as the tiles of a strip can have, each for one line of every row.
std::int64_t sections_of_block(const Contraction& c, std::int64_t lines) {
  const auto tiles = std::bit_floor(static_cast<std::uint64_t>(c.strip_tiles));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(tiles) / lines, 1, most_sections);
}

}  // namespace

Ahead fetch_prepared(Body& body, const Contraction& c, llvm::Value* next, llvm::Value* tile,
                     std::int64_t tiles) {
  llvm::IRBuilderBase& builder = body.builder();
  const Nest& nest = body.nest();
  const ir::DType dtype = nest.body[c.reduction].dtype;
  const std::int64_t line = line_bytes / ir::byte_size(dtype);
  // A row of the panel is some lines, so as many tiles as a row has lines must fetch at every k.
  const std::int64_t lines_of_row = divide_up(c.columns(), line);
  const auto every = static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(tiles / lines_of_row, 1))));
  const std::int64_t lines_of_tile = c.k_block_points(nest) / every;
  llvm::Value* first = builder.CreateGEP(memory_type(builder.getContext(), dtype, 1), next,
                                         multiply(builder, tile, lines_of_tile * line));
  llvm::Value* is_needed = builder.CreateICmpSLT(tile, number(builder, every * lines_of_row));
  return {first, builder.CreateSelect(is_needed, number(builder, line), number(builder, 0)), every};
}

std::optional<Ahead> fetch_ahead(Body& body, const Contraction& c, const Scope& scope,
                                 const Numbers& panels, const KBlock& block, llvm::Value* panel,
                                 llvm::Value* tile) {
  llvm::IRBuilderBase& builder = body.builder();
  const Nest& nest = body.nest();
  const Address& y = nest.accesses[static_cast<std::size_t>(nest.body[c.y].integer)];
  if (!is_even_along_k(y, c, nest)) return std::nullopt;
  llvm::Value* none = number(builder, 0);

  // Where the panel in the same place of the next group begins.
  llvm::Value* next = add(builder, panel, number(builder, c.group_panels));
  llvm::Value* is_last = builder.CreateICmpSGE(next, panels.last);
  llvm::Value* count = builder.CreateSub(panels.last, panels.first);
  next = builder.CreateSelect(is_last, builder.CreateSub(next, count), next);
  llvm::Value* blocks_ahead = builder.CreateSelect(is_last, number(builder, c.k_block), none);

  // The tile's line of it, in the tile's section of the block.
  const std::int64_t line = line_bytes / ir::byte_size(y.dtype);
  const std::int64_t lines = divide_up(c.columns(), line);
  const std::int64_t sections = sections_of_block(c, lines);
  llvm::Value* line_number = builder.CreateUDiv(tile, number(builder, sections));
  llvm::Value* section = builder.CreateURem(tile, number(builder, sections));
  Scope start = body.inside(
      scope, c.n,
      add(builder, multiply(builder, next, c.columns()), multiply(builder, line_number, line)));
  for (std::size_t i = c.k_split; i < c.k.size(); ++i) start.indices[c.k[i]] = none;
  start.indices[c.k[c.k_split]] = add(builder, block.first ? block.first : none, blocks_ahead);

  const std::int64_t stride = y.strides[c.k.back()];
  llvm::Value* first =
      builder.CreateGEP(memory_type(builder.getContext(), y.dtype, 1), body.pointer(start, y),
                        multiply(builder, section, c.k_block_points(nest) / sections * stride));
  llvm::Value* is_needed = builder.CreateICmpSLT(line_number, number(builder, lines));
  return Ahead{first, builder.CreateSelect(is_needed, number(builder, stride), none), sections};
}

}  // namespace gradc::codegen
