#include "codegen/contraction_tasks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/pack.h"
#include "codegen/partial_sums.h"
#include "codegen/pieces.h"
#include "codegen/task_frame.h"
#include "codegen/tile.h"
#include "codegen/vectors.h"
#include "codegen/walk.h"

namespace gradc::codegen {

namespace {

std::vector<ir::ScalarId> values_of(const Nest& nest) {
  std::vector<ir::ScalarId> out;
  for (const NestOutput& output : nest.outputs) out.push_back(output.value);
  return out;
}

std::vector<std::size_t> together(std::vector<std::size_t> a, const std::vector<std::size_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// ---- The first task: panels of y ---------------------------------------------------------------

/// Elements of a packed panel.
std::int64_t panel_size(const Contraction& c, const Nest& nest) {
  return c.k_points(nest) * c.columns();
}

void emit_pack(Body& body, Body& k_body, const Contraction& c, const TaskFrame& frame) {
  llvm::IRBuilderBase& builder = body.builder();
  const Nest& nest = body.nest();
  llvm::Type* element = memory_type(builder.getContext(), nest.body[c.reduction].dtype, 1);
  Scope outside = body.scope();
  body.compute(outside, std::span(&c.y, 1));
  const PieceAxes axes{together(c.batch, c.y_outer), 1, {}, c.panels()};
  for_pieces(body, frame, outside, axes, [&](Piece piece) {
    body.compute(piece.scope, std::span(&c.y, 1));
    llvm::Value* to = builder.CreateGEP(element, frame.scratch,
                                        multiply(builder, piece.number, panel_size(c, nest)));
    pack_y_panel(body, k_body, c, piece.scope, piece.down, to);
  });
}

// ---- The second task: strips of the result -----------------------------------------------------

class Strips {
 public:
  Strips(Body& body, Body& x_body, const Contraction& c, const TaskFrame& frame)
      : body_(body),
        x_body_(x_body),
        builder_(body.builder()),
        nest_(body.nest()),
        c_(c),
        frame_(frame),
        roots_(values_of(nest_)),
        dtype_(nest_.body[c.reduction].dtype) {
    if (c_.x_supply == Supply::packed)
      x_block_ = on_stack(builder_, dtype_, c_.rows * c_.k_block_points(nest_));
    if (!keeps_sums_in_registers())
      sums_.emplace(builder_, c_, dtype_, c_.strip_rows, row_length());
  }

  void emit() {
    Scope outside = body_.scope();
    body_.compute(outside, roots_);
    const PieceAxes axes{together(c_.batch, c_.y_outer), c_.strips_across(), c_.x_outer,
                         c_.strips_down()};
    for_pieces(body_, frame_, outside, axes,
               [&](Piece piece) { this->piece(std::move(piece.scope), piece.across, piece.down); });
  }

 private:
  bool has_k_blocks() const { return c_.k_blocks(nest_) > 1; }

  /// The results are computed from the sums right after the tile is done. Where that takes long, or
  /// the machine cannot mask the last columns, code for every register would be too much: sums go
  /// through memory then.
  bool keeps_sums_in_registers() const {
    double cost = 0;
    for (std::size_t id = c_.reduction; id < nest_.body.size(); ++id)
      cost += cost_of(nest_.body[id]);
    const bool can_mask = c_.n_extent % c_.lanes == 0 || body_.target().masked_access;
    return !has_k_blocks() && can_mask && cost <= 4;
  }

  /// Of the sums in memory: of a whole strip if it is visited once per block, else of a tile.
  std::int64_t row_length() const { return has_k_blocks() ? c_.strip_columns : c_.columns(); }

  void piece(Scope scope, llvm::Value* across, llvm::Value* down) {
    body_.compute(scope, roots_);
    llvm::Value* first = multiply(builder_, down, c_.strip_rows);
    if (has_k_blocks()) {
      strip_by_blocks(scope, across, first);
      return;
    }
    for_row_tiles(first,
                  [&](llvm::Value* m, std::int64_t rows) { panels(scope, across, m, rows, {}); });
  }

  /// The tiles of a strip that begins with row `first`, one below the other; the last one of the
  /// last strip may be low.
  void for_row_tiles(llvm::Value* first,
                     const std::function<void(llvm::Value* m, std::int64_t rows)>& visit) {
    const std::int64_t rest = c_.m_extent % c_.rows, whole = c_.m_extent - rest;
    llvm::Value* end = add(builder_, first, number(builder_, c_.strip_rows));
    const auto visit_tile = [&](llvm::Value* m, std::int64_t rows) {
      if (has_k_blocks()) sums_->count_rows_from(builder_.CreateSub(m, first));
      visit(m, rows);
    };
    const auto visit_whole = [&](llvm::Value* m) { visit_tile(m, c_.rows); };
    const bool is_even = whole % c_.strip_rows == 0;
    if (is_even && rest == 0 && c_.strip_rows == c_.rows) {
      visit_whole(first);
      return;
    }
    llvm::Value* last = is_even && rest == 0 ? end : smaller(end, number(builder_, whole));
    for_loop(builder_, {first, last, c_.rows}, visit_whole);
    if (rest == 0) return;
    if_then(builder_, builder_.CreateICmpSGT(end, number(builder_, whole)),
            [&] { visit_tile(number(builder_, whole), rest); });
  }

  /// Its sums stay in memory while block after block of k is added to all of them.
  void strip_by_blocks(const Scope& scope, llvm::Value* across, llvm::Value* first) {
    sums_->clear();
    std::vector<std::int64_t> extents;
    for (std::size_t i = 0; i < c_.k_split; ++i) extents.push_back(nest_.extents[c_.k[i]]);
    const std::int64_t split = nest_.extents[c_.k[c_.k_split]];
    extents.push_back((split + c_.k_block - 1) / c_.k_block);
    for_loop(builder_, {number(builder_, 0), number(builder_, c_.k_blocks(nest_))},
             [&](llvm::Value* index) {
               const std::vector<llvm::Value*> indices = decompose(builder_, index, extents);
               Scope inside = scope;
               for (std::size_t i = 0; i < c_.k_split; ++i) inside.indices[c_.k[i]] = indices[i];
               KBlock block{multiply(builder_, indices.back(), c_.k_block)};
               block.last = add(builder_, block.first, number(builder_, c_.k_block));
               if (split % c_.k_block != 0)
                 block.last = smaller(block.last, number(builder_, split));
               for_row_tiles(first, [&](llvm::Value* m, std::int64_t rows) {
                 panels(inside, across, m, rows, block);
               });
             });
    for_row_tiles(first,
                  [&](llvm::Value* m, std::int64_t rows) { write_strip(scope, across, m, rows); });
  }

  llvm::Value* smaller(llvm::Value* a, llvm::Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
  }

  /// All panels of a strip; the last panel of the last strip may be narrow.
  void panels(const Scope& scope, llvm::Value* across, llvm::Value* m, std::int64_t rows,
              const KBlock& block) {
    if (c_.x_supply == Supply::packed)
      pack_x_rows(x_body_, c_, x_scope(scope), m, rows, block, x_block_);
    const std::int64_t per_strip = c_.strip_columns / c_.columns();
    const std::int64_t whole = c_.n_extent / c_.columns(), rest = c_.n_extent % c_.columns();
    llvm::Value* first = multiply(builder_, across, per_strip);
    llvm::Value* end = add(builder_, first, number(builder_, per_strip));
    const auto visit = [&](std::int64_t columns) {
      return [&, columns](llvm::Value* panel) {
        llvm::Value* in_strip = builder_.CreateSub(panel, first);
        tile(scope, panel, in_strip, m, rows, columns, block);
      };
    };
    if (c_.strips_across() == 1) {
      for_loop(builder_, {number(builder_, 0), number(builder_, whole)}, visit(c_.columns()));
      if (rest > 0) visit(rest)(number(builder_, whole));
      return;
    }
    for_loop(builder_, {first, smaller(end, number(builder_, whole))}, visit(c_.columns()));
    if (rest == 0) return;
    llvm::Value* last = number(builder_, whole);
    if_then(builder_, builder_.CreateICmpSLT(last, end), [&] { visit(rest)(last); });
  }

  /// The scope without what was computed in it: vectors run along another loop there.
  Scope x_scope(const Scope& scope) const {
    Scope out = x_body_.scope();
    out.indices = scope.indices;
    return out;
  }

  void tile(const Scope& scope, llvm::Value* panel, llvm::Value* in_strip, llvm::Value* m,
            std::int64_t rows, std::int64_t columns, const KBlock& block) {
    const auto vectors = static_cast<unsigned>((columns + c_.lanes - 1) / c_.lanes);
    const Tile tile{m, multiply(builder_, panel, c_.columns()), rows, vectors, columns};
    llvm::Value* column =
        has_k_blocks() ? multiply(builder_, in_strip, c_.columns()) : number(builder_, 0);
    TileInputs inputs{x_block_};
    if (c_.y_supply == Supply::packed) inputs.y_panel = packed_panel(scope, panel);

    Carried sums =
        has_k_blocks() ? sums_->load(tile, column) : zero_sums(builder_, c_, dtype_, tile);
    sums = emit_tile(body_, c_, scope, tile, inputs, block, std::move(sums));
    if (keeps_sums_in_registers()) {
      write_registers(scope, tile, sums);
      return;
    }
    sums_->store(tile, column, sums);
    if (!has_k_blocks())
      write_sums(scope, m, rows, tile.n, number(builder_, 0), number(builder_, columns));
  }

  llvm::Value* packed_panel(const Scope& scope, llvm::Value* panel) {
    llvm::Value* number_of_panel = number(builder_, 0);
    for (const std::size_t loop : together(c_.batch, c_.y_outer))
      number_of_panel = add(builder_, multiply(builder_, number_of_panel, nest_.extents[loop]),
                            scope.indices[loop]);
    number_of_panel = add(builder_, multiply(builder_, number_of_panel, c_.panels()), panel);
    return builder_.CreateGEP(memory_type(builder_.getContext(), dtype_, 1), frame_.scratch,
                              multiply(builder_, number_of_panel, panel_size(c_, nest_)));
  }

  // ---- Results ----

  void write_point(Scope scope, llvm::Value* m, llvm::Value* sum) {
    scope = body_.inside(scope, c_.m, m);
    scope.values[c_.reduction] = sum;
    body_.compute(scope, roots_);
    for (const NestOutput& output : nest_.outputs) body_.store(scope, output);
  }

  void write_registers(const Scope& scope, const Tile& tile, const Carried& sums) {
    for (unsigned v = 0; v < tile.vectors; ++v) {
      llvm::Value* n = add(builder_, tile.n, number(builder_, std::int64_t{v} * c_.lanes));
      Scope inside = body_.inside(scope, n, c_.lanes, tile_mask(body_, c_, tile, v));
      body_.compute(inside, roots_);
      for (std::int64_t row = 0; row < tile.rows; ++row)
        write_point(inside, add(builder_, tile.m, number(builder_, row)),
                    sums[static_cast<std::size_t>(row) * tile.vectors + v]);
    }
  }

  void write_strip(const Scope& scope, llvm::Value* across, llvm::Value* m, std::int64_t rows) {
    llvm::Value* first = multiply(builder_, across, c_.strip_columns);
    llvm::Value* count = number(builder_, std::min(c_.strip_columns, c_.n_extent));
    if (c_.n_extent % c_.strip_columns != 0 && c_.strips_across() > 1)
      count = smaller(count, builder_.CreateSub(number(builder_, c_.n_extent), first));
    write_sums(scope, m, rows, first, number(builder_, 0), count);
  }

  /// Columns n + [first, last) from the sums in memory.
  void write_sums(const Scope& scope, llvm::Value* m, std::int64_t rows, llvm::Value* n,
                  llvm::Value* first, llvm::Value* last) {
    VectorRange range{first, last, c_.lanes};
    range.whole = c_.n_extent % c_.lanes == 0;
    range.origin = n;
    for_vectors(body_, scope, range, {}, [&](std::vector<Scope> scopes, Carried) {
      body_.compute(scopes[0], roots_);
      llvm::Value* column = builder_.CreateSub(scopes[0].indices[c_.n], n);
      for_loop(builder_, {number(builder_, 0), number(builder_, rows)}, [&](llvm::Value* row) {
        llvm::Value* sum = sums_->load(row, column, scopes[0].lanes);
        write_point(scopes[0], add(builder_, m, row), sum);
      });
      return Carried();
    });
  }

  Body& body_;
  Body& x_body_;  // its vectors run as x is packed
  llvm::IRBuilderBase& builder_;
  const Nest& nest_;
  const Contraction& c_;
  const TaskFrame& frame_;
  std::vector<ir::ScalarId> roots_;
  ir::DType dtype_;
  llvm::Value* x_block_ = nullptr;
  std::optional<PartialSums> sums_;  // unless they stay in registers
};

}  // namespace

std::vector<Task> emit_contraction_tasks(llvm::Module& module, const Target& target,
                                         const Machine& machine, const ir::Kernel& kernel,
                                         const Nest& nest, const Contraction& c,
                                         const std::string& name) {
  std::vector<Task> out;
  const auto add_task = [&](const std::string& suffix, std::int64_t pieces, double cycles,
                            std::size_t second_vector_loop, const auto& emit) {
    llvm::IRBuilder<> builder(module.getContext());
    const TaskFrame frame = open_task(builder, module, target, kernel, name + suffix);
    Body body(builder, machine, target, nest, c.n, frame.operands, frame.outputs);
    Body second(builder, machine, target, nest, second_vector_loop, frame.operands, frame.outputs);
    emit(body, second, frame);
    builder.CreateRetVoid();
    out.push_back({frame.function, pieces, choose_grain(pieces, cycles)});
  };
  if (c.y_supply == Supply::packed) {
    const std::int64_t bytes = c.packed_y_bytes(nest);
    const std::int64_t pieces =
        bytes / (panel_size(c, nest) * byte_size(nest.body[c.reduction].dtype));
    add_task(".pack", pieces, static_cast<double>(bytes) / 16, c.k.back(),
             [&](Body& body, Body& k_body, const TaskFrame& frame) {
               emit_pack(body, k_body, c, frame);
             });
  }
  const std::size_t x_loop = c.packs_x_by_columns ? c.m : c.k.back();
  add_task("", c.pieces(nest), c.cycles, x_loop,
           [&](Body& body, Body& x_body, const TaskFrame& frame) {
             Strips(body, x_body, c, frame).emit();
           });
  return out;
}

}  // namespace gradc::codegen
