#include "codegen/strips.h"

#include <llvm/IR/IRBuilder.h>

#include <functional>

#include "codegen/fetch_ahead.h"
#include "codegen/pack.h"
#include "codegen/partial_sums.h"
#include "codegen/pieces.h"
#include "codegen/tile.h"
#include "codegen/tile_results.h"

namespace gradc::codegen {

namespace {

std::vector<std::size_t> together(std::vector<std::size_t> a, const std::vector<std::size_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Strips {
 public:
  Strips(const ContractionBodies& bodies, const Contraction& c, const TaskFrame& frame)
      : bodies_(bodies),
        body_(bodies.n),
        builder_(body_.builder()),
        nest_(body_.nest()),
        c_(c),
        frame_(frame),
        results_(body_, c),
        dtype_(nest_.body[c.reduction].dtype) {
    if (!c_.pieces_use_scratch(nest_) && c_.piece_size(nest_) > 0)
      own_ = on_stack(builder_, dtype_, c_.piece_size(nest_));
    if (!has_k_blocks() && !results_.come_from_registers())
      sums_ = on_stack(builder_, dtype_, c_.rows() * c_.columns());
  }

  void emit() {
    for_strips(c_.k_parts, [&](const Scope& scope, const Strip& strip) {
      if (has_k_blocks())
        by_blocks(scope, strip);
      else
        block(scope, strip, {});
    });
  }

  void emit_results() {
    for_strips(1, [&](const Scope& scope, const Strip& strip) { results(scope, strip); });
  }

 private:
  struct Strip {
    Numbers panels, tiles;
    llvm::Value* k_part;  ///< which of the pieces that share its blocks
  };

  bool has_k_blocks() const { return c_.k_blocks(nest_) > 1; }

  // ---- Memory --------------------------------------------------------------------------------

  llvm::Value* element(llvm::Value* base, llvm::Value* offset) {
    return builder_.CreateGEP(memory_type(builder_.getContext(), dtype_, 1), base, offset);
  }

  /// The packed rows of a tile.
  llvm::Value* x_block(const Strip& strip, llvm::Value* tile) {
    llvm::Value* in_strip = builder_.CreateSub(tile, strip.tiles.first);
    return element(own_, multiply(builder_, in_strip, c_.x_tile_size(nest_)));
  }

  /// Packed panel number `index` of a group.
  llvm::Value* y_block(llvm::Value* index) {
    return element(own_, add(builder_, number(builder_, c_.x_block_size(nest_)),
                             multiply(builder_, index, c_.columns() * c_.k_block_points(nest_))));
  }

  llvm::Value* first_sum() {
    return element(own_, number(builder_, c_.x_block_size(nest_) + c_.y_block_size(nest_)));
  }

  /// Where the sums of a tile are kept.
  PartialSums sums_of(const Strip& strip, llvm::Value* panel, llvm::Value* tile,
                      std::int64_t parts = 1) {
    if (!has_k_blocks()) return {builder_, c_, dtype_, sums_};
    llvm::Value* index = add(
        builder_, multiply(builder_, builder_.CreateSub(panel, strip.panels.first), c_.strip_tiles),
        builder_.CreateSub(tile, strip.tiles.first));
    llvm::Value* offset = multiply(builder_, index, c_.rows() * c_.columns());
    return {builder_, c_, dtype_, element(first_sum(), offset), parts, c_.piece_size(nest_)};
  }

  llvm::Value* prepared_panel(const Scope& scope, llvm::Value* panel) {
    llvm::Value* index = number(builder_, 0);
    for (const std::size_t loop : together(c_.batch, c_.y_outer))
      index = add(builder_, multiply(builder_, index, nest_.extents[loop]), scope.indices[loop]);
    index = add(builder_, multiply(builder_, index, c_.panels()), panel);
    return element(frame_.scratch, multiply(builder_, index, c_.panel_size(nest_)));
  }

  // ---- Loops ---------------------------------------------------------------------------------

  llvm::Value* smaller(llvm::Value* a, llvm::Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
  }

  /// Part number `index` of `total` things, `each` a part; the last part may have fewer.
  Numbers part(llvm::Value* index, std::int64_t each, std::int64_t total) {
    if (each >= total) return {number(builder_, 0), number(builder_, total)};
    llvm::Value* first = multiply(builder_, index, each);
    llvm::Value* last = add(builder_, first, number(builder_, each));
    return {first, total % each == 0 ? last : smaller(last, number(builder_, total))};
  }

  /// Visit pieces, `parts` of each strip.
  void for_strips(std::int64_t parts,
                  const std::function<void(const Scope&, const Strip&)>& visit) {
    Scope outside = body_.scope();
    body_.compute(outside, results_.roots());
    const std::int64_t across = c_.strips_across(), down = c_.strips_down(nest_) * parts;
    const PieceAxes axes{together(c_.batch, c_.y_outer),
                         c_.is_by_rows ? down : across,
                         {},
                         c_.is_by_rows ? across : down};
    for_pieces(body_, frame_, outside, axes, [&](Piece piece) {
      body_.compute(piece.scope, results_.roots());
      if (c_.is_by_rows) std::swap(piece.across, piece.down);
      const std::vector<llvm::Value*> strip =
          decompose(builder_, piece.down, {c_.strips_down(nest_), parts});
      if (c_.pieces_use_scratch(nest_)) {
        const std::int64_t first = c_.prepared_panels(nest_) * c_.panel_size(nest_);
        llvm::Value* number_of_first = multiply(builder_, piece.number, c_.k_parts / parts);
        own_ =
            element(frame_.scratch, add(builder_, number(builder_, first),
                                        multiply(builder_, number_of_first, c_.piece_size(nest_))));
      }
      visit(piece.scope, {part(piece.across, c_.strip_panels, c_.panels()),
                          part(strip[0], c_.strip_tiles, c_.row_tiles(nest_)), strip[1]});
    });
  }

  /// Sums start at 0 in memory; block after block of k is added to all of them.
  void by_blocks(const Scope& scope, const Strip& strip) {
    const std::int64_t bytes = c_.sums_size(nest_) * ir::byte_size(dtype_);
    builder_.CreateMemSet(
        first_sum(), builder_.getInt8(0), static_cast<std::uint64_t>(bytes),
        llvm::Align(static_cast<std::uint64_t>(c_.lanes * ir::byte_size(dtype_))));
    std::vector<std::int64_t> extents;
    for (std::size_t i = 0; i < c_.k_split; ++i) extents.push_back(nest_.extents[c_.k[i]]);
    const std::int64_t split = nest_.extents[c_.k[c_.k_split]];
    extents.push_back(divide_up(split, c_.k_block));
    const std::int64_t count = c_.k_blocks(nest_);
    const Numbers blocks = part(strip.k_part, divide_up(count, c_.k_parts), count);
    for_loop(builder_, {blocks.first, blocks.last}, [&](llvm::Value* index) {
      const std::vector<llvm::Value*> indices = decompose(builder_, index, extents);
      Scope inside = scope;
      for (std::size_t i = 0; i < c_.k_split; ++i) inside.indices[c_.k[i]] = indices[i];
      KBlock k{multiply(builder_, indices.back(), c_.k_block)};
      k.last = add(builder_, k.first, number(builder_, c_.k_block));
      if (split % c_.k_block != 0) k.last = smaller(k.last, number(builder_, split));
      block(inside, strip, k);
    });
    if (c_.k_parts == 1) results(scope, strip);
  }

  /// From sums in memory.
  void results(const Scope& scope, const Strip& strip) {
    for_tiles(scope, strip,
              [&](const Scope& inside, llvm::Value* number, llvm::Value* m, std::int64_t rows) {
                for_panels(strip, [&](llvm::Value* panel, std::int64_t columns) {
                  const Tile tile = tile_at(m, panel, rows, columns);
                  results_.write(inside, tile, sums_of(strip, panel, number, c_.k_parts));
                });
              });
  }

  void block(const Scope& scope, const Strip& strip, const KBlock& k) {
    if (c_.x_supply == Supply::packed) pack_x(x_scope(scope), strip, k);
    for_panels(strip, [&](llvm::Value* panel, std::int64_t columns) {
      llvm::Value* y = nullptr;
      if (c_.y_supply == Supply::packed) y = packed_panel(scope, strip, panel, k);
      if (c_.y_supply == Supply::prepared) y = prepared_panel(scope, panel);
      for_tiles(scope, strip,
                [&](const Scope& inside, llvm::Value* number, llvm::Value* m, std::int64_t rows) {
                  TileInputs inputs{
                      c_.x_supply == Supply::packed ? x_block(strip, number) : nullptr, y};
                  inputs.ahead = ahead(scope, strip, k, panel, number);
                  tile(inside, tile_at(m, panel, rows, columns), inputs, k,
                       sums_of(strip, panel, number));
                });
    });
  }

  /// What a tile has the cache fetch while it multiplies.
  std::optional<Ahead> ahead(const Scope& scope, const Strip& strip, const KBlock& k,
                             llvm::Value* panel, llvm::Value* tile) {
    llvm::Value* tile_in_strip = builder_.CreateSub(tile, strip.tiles.first);
    if (c_.group_panels > 1)
      return fetch_ahead(body_, c_, scope, strip.panels, k, panel, tile_in_strip);
    if (!c_.fetches_panels) return std::nullopt;
    if (has_k_blocks())
      return fetch_prepared(body_, c_, next_part(scope, strip, k, panel), tile_in_strip,
                            c_.strip_tiles);
    // All rows go through the strip's panels, and fetch those of the next strip meanwhile.
    llvm::Value* next = builder_.CreateURem(add(builder_, panel, number(builder_, c_.strip_panels)),
                                            number(builder_, c_.panels()));
    return fetch_prepared(body_, c_, prepared_panel(scope, next), tile, c_.row_tiles(nest_));
  }

  /// Where the block of k of the next panel begins; after the last one comes the first one's next
  /// block.
  llvm::Value* next_part(const Scope& scope, const Strip& strip, const KBlock& k,
                         llvm::Value* panel) {
    llvm::Value* next = add(builder_, panel, number(builder_, 1));
    llvm::Value* is_last = builder_.CreateICmpSGE(next, strip.panels.last);
    next = builder_.CreateSelect(is_last, strip.panels.first, next);
    llvm::Value* none = number(builder_, 0);
    Scope start = scope;
    for (std::size_t i = c_.k_split; i < c_.k.size(); ++i) start.indices[c_.k[i]] = none;
    start.indices[c_.k[c_.k_split]] =
        add(builder_, k.first, builder_.CreateSelect(is_last, number(builder_, c_.k_block), none));
    return element(prepared_panel(scope, next),
                   multiply(builder_, k_number(builder_, c_, nest_, start, 0, {}), c_.columns()));
  }

  void pack_x(const Scope& scope, const Strip& strip, const KBlock& k) {
    const bool has_rest = c_.m_extent % c_.tile_m != 0;
    if (c_.packs_x_by_columns && c_.x_outer.empty() && !has_rest) {
      pack_x_tiles(bodies_.x, c_, scope, {strip.tiles.first, strip.tiles.last}, k,
                   x_block(strip, strip.tiles.first));
      return;
    }
    for_tiles(scope, strip,
              [&](const Scope& inside, llvm::Value* tile, llvm::Value* m, std::int64_t rows) {
                pack_x_rows(bodies_.x, c_, inside, m, rows, k, x_block(strip, tile));
              });
  }

  /// The copy of a panel; the first one of a group is there when all of them are.
  llvm::Value* packed_panel(const Scope& scope, const Strip& strip, llvm::Value* panel,
                            const KBlock& k) {
    if (c_.group_panels == 1) {
      pack_y_panels(body_, bodies_.k, c_, scope, {panel, nullptr}, k, y_block(number(builder_, 0)));
      return y_block(number(builder_, 0));
    }
    llvm::Value* in_strip = builder_.CreateSub(panel, strip.panels.first);
    llvm::Value* in_group = builder_.CreateURem(in_strip, number(builder_, c_.group_panels));
    if_then(builder_, builder_.CreateICmpEQ(in_group, number(builder_, 0)), [&] {
      llvm::Value* end = add(builder_, panel, number(builder_, c_.group_panels));
      pack_y_panels(body_, bodies_.k, c_, scope, {panel, smaller(end, strip.panels.last)}, k,
                    y_block(number(builder_, 0)));
    });
    return y_block(in_group);
  }

  /// The strip's panels; the last one of all may be narrow.
  void for_panels(const Strip& strip,
                  const std::function<void(llvm::Value* panel, std::int64_t columns)>& visit) {
    const std::int64_t whole = c_.n_extent / c_.columns(), rest = c_.n_extent % c_.columns();
    llvm::Value* end = number(builder_, whole);
    const auto visit_whole = [&](llvm::Value* panel) { visit(panel, c_.columns()); };
    if (rest == 0) {
      for_loop(builder_, {strip.panels.first, strip.panels.last}, visit_whole);
      return;
    }
    const bool is_all = c_.strips_across() == 1;
    for_loop(builder_, {strip.panels.first, is_all ? end : smaller(strip.panels.last, end)},
             visit_whole);
    if (is_all)
      visit(end, rest);
    else
      if_then(builder_, builder_.CreateICmpSLT(end, strip.panels.last), [&] { visit(end, rest); });
  }

  /// The strip's tiles, with a scope inside the outer loops of x: number, first m, rows. The last
  /// one along m may be low.
  using VisitTile = std::function<void(const Scope& scope, llvm::Value* number, llvm::Value* m,
                                       std::int64_t rows)>;
  void for_tiles(const Scope& scope, const Strip& strip, const VisitTile& visit) {
    std::vector<std::int64_t> extents;
    for (const std::size_t loop : c_.x_outer) extents.push_back(nest_.extents[loop]);
    extents.push_back(c_.m_tiles());
    const std::int64_t rest = c_.m_extent % c_.tile_m * c_.inner_points;
    for_loop(builder_, {strip.tiles.first, strip.tiles.last}, [&](llvm::Value* tile) {
      const std::vector<llvm::Value*> indices = decompose(builder_, tile, extents);
      Scope inside = scope;
      for (std::size_t i = 0; i < c_.x_outer.size(); ++i)
        inside.indices[c_.x_outer[i]] = indices[i];
      llvm::Value* m = multiply(builder_, indices.back(), c_.tile_m);
      if (rest == 0) {
        visit(inside, tile, m, c_.rows());
        return;
      }
      llvm::Value* last = number(builder_, c_.m_tiles() - 1);
      if_else(
          builder_, builder_.CreateICmpSLT(indices.back(), last),
          [&] {
            visit(inside, tile, m, c_.rows());
            return Carried();
          },
          [&] {
            visit(inside, tile, m, rest);
            return Carried();
          });
    });
  }

  /// The scope without what was computed in it: vectors run along another loop there.
  Scope x_scope(const Scope& scope) const {
    Scope out = bodies_.x.scope();
    out.indices = scope.indices;
    return out;
  }

  // ---- A tile --------------------------------------------------------------------------------

  Tile tile_at(llvm::Value* m, llvm::Value* panel, std::int64_t rows, std::int64_t columns) {
    const auto vectors = static_cast<unsigned>(divide_up(columns, c_.lanes));
    return {m, multiply(builder_, panel, c_.columns()), rows, vectors, columns};
  }

  void tile(const Scope& scope, const Tile& tile, const TileInputs& inputs, const KBlock& k,
            PartialSums memory) {
    if (has_k_blocks())
      memory.fetch_next(tile);
    else
      results_.fetch_surroundings(scope, tile);
    Carried sums = has_k_blocks() ? memory.load(tile) : zero_sums(builder_, c_, dtype_, tile);
    sums = emit_tile(body_, c_, scope, tile, inputs, k, std::move(sums));
    if (results_.come_from_registers()) {
      results_.write(scope, tile, sums);
      return;
    }
    memory.store(tile, sums);
    if (!has_k_blocks()) results_.write(scope, tile, memory);
  }

  ContractionBodies bodies_;
  Body& body_;
  llvm::IRBuilderBase& builder_;
  const Nest& nest_;
  const Contraction& c_;
  const TaskFrame& frame_;
  TileResults results_;
  ir::DType dtype_;
  llvm::Value* own_ = nullptr;   // the piece's memory, if it needs some
  llvm::Value* sums_ = nullptr;  // of one tile, if they do not stay in registers
};

}  // namespace

void emit_strips(const ContractionBodies& bodies, const Contraction& c, const TaskFrame& frame) {
  Strips(bodies, c, frame).emit();
}

void emit_results(const ContractionBodies& bodies, const Contraction& c, const TaskFrame& frame) {
  Strips(bodies, c, frame).emit_results();
}

}  // namespace gradc::codegen
