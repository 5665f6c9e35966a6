#include "codegen/pack.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "codegen/tile.h"
#include "codegen/vectors.h"

namespace gradc::codegen {

namespace {

llvm::Value* at(Body& body, ir::DType dtype, llvm::Value* base, llvm::Value* offset) {
  return body.builder().CreateGEP(memory_type(body.builder().getContext(), dtype, 1), base, offset);
}

/// The transpose of a square of lanes: rows of vectors in, columns out.
std::vector<llvm::Value*> transpose(llvm::IRBuilderBase& builder, std::vector<llvm::Value*> rows) {
  const std::size_t size = rows.size();
  for (std::size_t step = 1; step < size; step *= 2) {
    // Rows i and i + step exchange the off-diagonal squares of `step` lanes.
    std::vector<int> upper(size), lower(size);
    for (std::size_t lane = 0; lane < size; ++lane) {
      const bool from_other = (lane & step) != 0;
      upper[lane] = static_cast<int>(from_other ? size + lane - step : lane);
      lower[lane] = static_cast<int>(from_other ? size + lane : lane + step);
    }
    for (std::size_t i = 0; i < size; ++i) {
      if ((i & step) != 0) continue;
      llvm::Value* a = rows[i];
      llvm::Value* b = rows[i + step];
      rows[i] = builder.CreateShuffleVector(a, b, upper);
      rows[i + step] = builder.CreateShuffleVector(a, b, lower);
    }
  }
  return rows;
}

class PanelPacker {
 public:
  PanelPacker(Body& body, Body& k_body, const Contraction& c, const KBlock& block, llvm::Value* to)
      : body_(body),
        k_body_(k_body),
        c_(c),
        nest_(body.nest()),
        builder_(body.builder()),
        dtype_(nest_.body[c.reduction].dtype),
        block_(block),
        first_k_(c.y_supply == Supply::prepared ? 0 : c.k_split),
        to_(to) {}

  void pack(const Scope& scope, const Numbers& panels) {
    panels_ = panels;
    loops(scope, first_k_);
  }

 private:
  /// Rows of y are far apart and columns lie together: read along the columns, and turn.
  bool is_better_turned() const {
    const ir::Instruction& load = nest_.body[c_.y];
    if (load.op != ir::ScalarOp::load) return false;
    const Address& address = nest_.accesses[static_cast<std::size_t>(load.integer)];
    return address.checks.empty() && motion(nest_, address, c_.n) == Motion::strided &&
           motion(nest_, address, c_.k.back()) == Motion::contiguous &&
           nest_.extents[c_.k.back()] >= c_.lanes && c_.lanes > 1;
  }

  void loops(const Scope& scope, std::size_t position) {
    const std::size_t loop = c_.k[position];
    Range range = k_range(builder_, c_, nest_, position, block_);
    const bool is_last = position + 1 == c_.k.size();
    if (is_last && is_better_turned()) {
      llvm::Value* rest = builder_.CreateURem(builder_.CreateSub(range.last, range.first),
                                              number(builder_, c_.lanes));
      llvm::Value* whole = builder_.CreateSub(range.last, rest);
      for_panels([&](const Panel& panel) {
        for_loop(builder_, {range.first, whole, c_.lanes}, [&](llvm::Value* index) {
          turned(k_body_.inside(scope, index, c_.lanes, nullptr), panel);
        });
      });
      range.first = whole;
    }
    for_loop(builder_, range, [&](llvm::Value* index) {
      const Scope inside = body_.inside(scope, loop, index);
      if (is_last)
        for_panels([&](const Panel& panel) { row(inside, panel); });
      else
        loops(inside, position + 1);
    });
  }

  /// A panel begins with column `first`, and its copy `offset` elements behind the first one's.
  struct Panel {
    llvm::Value* first;
    llvm::Value* offset;
  };
  void for_panels(const std::function<void(const Panel&)>& visit) {
    if (!panels_.last) {
      visit({multiply(builder_, panels_.first, c_.columns()), number(builder_, 0)});
      return;
    }
    const std::int64_t size = c_.columns() * c_.k_block_points(nest_);
    for_loop(builder_, {panels_.first, panels_.last}, [&](llvm::Value* panel) {
      llvm::Value* index = builder_.CreateSub(panel, panels_.first);
      visit({multiply(builder_, panel, c_.columns()), multiply(builder_, index, size)});
    });
  }

  /// The columns of a panel: the last one may have fewer.
  llvm::Value* count(const Panel& panel) {
    llvm::Value* columns = number(builder_, c_.columns());
    if (c_.n_extent % c_.columns() == 0) return columns;
    if (c_.n_extent < c_.columns()) return number(builder_, c_.n_extent);
    return smaller(columns, builder_.CreateSub(number(builder_, c_.n_extent), panel.first));
  }

  llvm::Value* smaller(llvm::Value* a, llvm::Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
  }

  llvm::Value* row_start(const Scope& scope, const Panel& panel) {
    llvm::Value* k = k_number(builder_, c_, nest_, scope, first_k_, block_);
    return add(builder_, panel.offset, multiply(builder_, k, c_.columns()));
  }

  void store(llvm::Value* offset, llvm::Value* value) {
    const std::int64_t lanes = value->getType()->isVectorTy() ? c_.lanes : 1;
    const llvm::Align alignment(static_cast<std::uint64_t>(lanes * ir::byte_size(dtype_)));
    builder_.CreateAlignedStore(value, at(body_, dtype_, to_, offset), alignment);
  }

  /// One k, all columns.
  void row(const Scope& scope, const Panel& panel) {
    llvm::Value* start = row_start(scope, panel);
    const bool ends_in_vector = c_.n_extent % c_.lanes == 0 || body_.target().masked_access;
    if (!ends_in_vector) clear(start);
    VectorRange range{number(builder_, 0), count(panel), c_.lanes};
    range.whole = c_.n_extent % c_.lanes == 0;
    range.written_out = c_.vectors;
    range.origin = panel.first;
    for_vectors(body_, scope, range, {}, [&](std::vector<Scope> scopes, const Carried&) {
      llvm::Value* column = builder_.CreateSub(scopes[0].indices[c_.n], panel.first);
      store(add(builder_, start, column), body_.lanes_of(scopes[0], c_.y));
      return Carried();
    });
  }

  void clear(llvm::Value* start) {
    llvm::Type* type = register_type(builder_.getContext(), dtype_, c_.lanes);
    for (unsigned v = 0; v < c_.vectors; ++v)
      store(add(builder_, start, number(builder_, std::int64_t{v} * c_.lanes)),
            llvm::Constant::getNullValue(type));
  }

  /// As many k as there are lanes, all columns. The scope has a vector of k.
  void turned(const Scope& scope, const Panel& panel) {
    llvm::Value* start = row_start(scope, panel);
    llvm::Value* last = number(builder_, c_.n_extent - 1);
    const std::int64_t columns = c_.columns();
    for_loop(builder_, {number(builder_, 0), number(builder_, columns), c_.lanes},
             [&](llvm::Value* vector) {
               std::vector<llvm::Value*> rows;
               for (unsigned lane = 0; lane < c_.lanes; ++lane) {
                 llvm::Value* column = add(builder_, vector, number(builder_, lane));
                 column = add(builder_, panel.first, column);
                 if (c_.n_extent % columns != 0) column = smaller(column, last);
                 Scope inside = k_body_.inside(scope, c_.n, column);
                 rows.push_back(k_body_.lanes_of(inside, c_.y));
               }
               rows = transpose(builder_, std::move(rows));
               llvm::Value* to = add(builder_, start, vector);
               for (unsigned i = 0; i < c_.lanes; ++i)
                 store(add(builder_, to, number(builder_, i * columns)), rows[i]);
             });
  }

  Body& body_;
  Body& k_body_;
  const Contraction& c_;
  const Nest& nest_;
  llvm::IRBuilderBase& builder_;
  ir::DType dtype_;
  KBlock block_;
  std::size_t first_k_;
  llvm::Value* to_;
  Numbers panels_{};
};

/// Vectors along the last loop of k.
unsigned lanes_along_k(const Contraction& c, const Nest& nest, const Target& target) {
  const auto extent = static_cast<std::uint64_t>(nest.extents[c.k.back()]);
  const auto whole =
      static_cast<std::uint64_t>(target.lanes(ir::byte_size(nest.body[c.reduction].dtype)));
  const std::uint64_t enough =
      target.masked_access ? std::bit_ceil(extent) : std::bit_floor(extent);
  return static_cast<unsigned>(std::min(whole, enough));
}

}  // namespace

Range k_range(llvm::IRBuilderBase& builder, const Contraction& c, const Nest& nest,
              std::size_t position, const KBlock& block) {
  if (position == c.k_split && block.first) return {block.first, block.last};
  return {number(builder, 0), number(builder, nest.extents[c.k[position]])};
}

llvm::Value* k_number(llvm::IRBuilderBase& builder, const Contraction& c, const Nest& nest,
                      const Scope& scope, std::size_t from, const KBlock& block) {
  llvm::Value* out = number(builder, 0);
  std::int64_t weight = 1;
  for (std::size_t position = c.k.size(); position-- > from;) {
    llvm::Value* index = scope.indices[c.k[position]];
    if (position == c.k_split && block.first) index = builder.CreateSub(index, block.first);
    out = add(builder, out, multiply(builder, index, weight));
    weight *= nest.extents[c.k[position]];
  }
  return out;
}

void pack_y_panels(Body& body, Body& k_body, const Contraction& c, const Scope& scope,
                   const Numbers& panels, const KBlock& block, llvm::Value* to) {
  PanelPacker(body, k_body, c, block, to).pack(scope, panels);
}

namespace {

/// The lanes of x in a scope.
void store_packed(Body& body, const Contraction& c, Scope& scope, llvm::Value* number,
                  llvm::Value* to) {
  const ir::DType dtype = body.nest().body[c.reduction].dtype;
  const llvm::Align alignment(static_cast<std::uint64_t>(ir::byte_size(dtype)));
  llvm::Value* place = at(body, dtype, to, number);
  llvm::Value* value = body.lanes_of(scope, c.x);
  if (scope.mask)
    body.builder().CreateMaskedStore(value, place, alignment, scope.mask);
  else
    body.builder().CreateAlignedStore(value, place, alignment);
}

void pack_x_row(Body& body, const Contraction& c, const Scope& scope, std::size_t position,
                const KBlock& block, llvm::Value* start, llvm::Value* to) {
  llvm::IRBuilderBase& builder = body.builder();
  const Nest& nest = body.nest();
  const Range range = k_range(builder, c, nest, position, block);
  if (position + 1 < c.k.size()) {
    for_loop(builder, range, [&](llvm::Value* index) {
      pack_x_row(body, c, body.inside(scope, c.k[position], index), position + 1, block, start, to);
    });
    return;
  }
  const VectorRange vectors{range.first, range.last, lanes_along_k(c, nest, body.target())};
  for_vectors(body, scope, vectors, {}, [&](std::vector<Scope> scopes, const Carried&) {
    llvm::Value* k = k_number(builder, c, nest, scopes[0], c.k_split, block);
    store_packed(body, c, scopes[0], add(builder, start, k), to);
    return Carried();
  });
}

/// Visit the block's points of k from loop number `position` on.
void for_k(Body& body, const Contraction& c, const Scope& scope, std::size_t position,
           const KBlock& block, const std::function<void(const Scope&)>& visit) {
  if (position == c.k.size()) {
    visit(scope);
    return;
  }
  for_loop(body.builder(), k_range(body.builder(), c, body.nest(), position, block),
           [&](llvm::Value* index) {
             for_k(body, c, body.inside(scope, c.k[position], index), position + 1, block, visit);
           });
}

/// One column of `rows` rows from m on.
void pack_x_column(Body& m_body, const Contraction& c, const Scope& scope, llvm::Value* m,
                   std::int64_t rows, const KBlock& block, llvm::Value* to) {
  llvm::IRBuilderBase& builder = m_body.builder();
  const auto most = static_cast<std::uint64_t>(
      m_body.target().lanes(ir::byte_size(m_body.nest().body[c.reduction].dtype)));
  const auto lanes = std::min(most, std::bit_ceil(static_cast<std::uint64_t>(rows)));
  VectorRange range{number(builder, 0), number(builder, rows), static_cast<unsigned>(lanes)};
  range.origin = m;
  llvm::Value* k = k_number(builder, c, m_body.nest(), scope, c.k_split, block);
  llvm::Value* column = multiply(builder, k, c.rows());
  for_vectors(m_body, scope, range, {}, [&](std::vector<Scope> scopes, const Carried&) {
    llvm::Value* row = builder.CreateSub(scopes[0].indices[*c.m], m);
    store_packed(m_body, c, scopes[0], add(builder, column, row), to);
    return Carried();
  });
}

}  // namespace

void pack_x_tiles(Body& m_body, const Contraction& c, const Scope& scope, const Numbers& tiles,
                  const KBlock& block, llvm::Value* to) {
  // So many tiles take a number of k before the next k: what they read of one row of x lies side
  // by side, and what they write still lies in L2.
  constexpr std::int64_t tiles_at_once = 32;
  llvm::IRBuilderBase& builder = m_body.builder();
  const ir::DType dtype = m_body.nest().body[c.reduction].dtype;
  for_loop(builder, {tiles.first, tiles.last, tiles_at_once}, [&](llvm::Value* first) {
    llvm::Value* end = add(builder, first, number(builder, tiles_at_once));
    end = builder.CreateSelect(builder.CreateICmpSLT(end, tiles.last), end, tiles.last);
    for_k(m_body, c, scope, c.k_split, block, [&](const Scope& inside) {
      for_loop(builder, {first, end}, [&](llvm::Value* tile) {
        llvm::Value* offset =
            multiply(builder, builder.CreateSub(tile, tiles.first), c.x_tile_size(m_body.nest()));
        pack_x_column(m_body, c, inside, multiply(builder, tile, c.rows()), c.rows(), block,
                      at(m_body, dtype, to, offset));
      });
    });
  });
}

void pack_x_rows(Body& x_body, const Contraction& c, const Scope& scope, llvm::Value* m,
                 std::int64_t rows, const KBlock& block, llvm::Value* to) {
  llvm::IRBuilderBase& builder = x_body.builder();
  if (c.packs_x_by_columns) {
    for_k(x_body, c, scope, c.k_split, block,
          [&](const Scope& inside) { pack_x_column(x_body, c, inside, m, rows, block, to); });
    return;
  }
  const std::int64_t length = c.k_block_points(x_body.nest());
  for_loop(builder, {number(builder, 0), number(builder, rows)}, [&](llvm::Value* row) {
    const Scope inside = at_row(x_body, c, scope, m, row);
    pack_x_row(x_body, c, inside, c.k_split, block, multiply(builder, row, length), to);
  });
}

}  // namespace gradc::codegen
