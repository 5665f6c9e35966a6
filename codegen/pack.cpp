#include "codegen/pack.h"

#include <llvm/IR/IRBuilder.h>

#include <bit>

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
  PanelPacker(Body& body, Body& k_body, const Contraction& c, llvm::Value* to)
      : body_(body),
        k_body_(k_body),
        c_(c),
        nest_(body.nest()),
        builder_(body.builder()),
        dtype_(nest_.body[c.reduction].dtype),
        to_(to) {}

  /// Columns from `first` on.
  void pack(const Scope& scope, llvm::Value* first) {
    first_ = first;
    loops(scope, 0);
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
    Range range = k_range(builder_, c_, nest_, position, {});
    const bool is_last = position + 1 == c_.k.size();
    if (is_last && is_better_turned()) {
      llvm::Value* whole = number(builder_, nest_.extents[loop] / c_.lanes * c_.lanes);
      for_loop(builder_, {range.first, whole, c_.lanes}, [&](llvm::Value* index) {
        turned(k_body_.inside(scope, index, c_.lanes, nullptr));
      });
      range.first = whole;
    }
    for_loop(builder_, range, [&](llvm::Value* index) {
      const Scope inside = body_.inside(scope, loop, index);
      if (is_last)
        row(inside);
      else
        loops(inside, position + 1);
    });
  }

  /// The columns of this panel: the last one may have fewer.
  llvm::Value* count() {
    llvm::Value* columns = number(builder_, c_.columns());
    if (c_.n_extent % c_.columns() == 0) return columns;
    if (c_.n_extent < c_.columns()) return number(builder_, c_.n_extent);
    return smaller(columns, builder_.CreateSub(number(builder_, c_.n_extent), first_));
  }

  llvm::Value* smaller(llvm::Value* a, llvm::Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
  }

  llvm::Value* row_start(const Scope& scope) {
    llvm::Value* k = k_number(builder_, c_, nest_, scope, 0, {});
    return multiply(builder_, k, c_.columns());
  }

  void store(llvm::Value* offset, llvm::Value* value) {
    const std::int64_t lanes = value->getType()->isVectorTy() ? c_.lanes : 1;
    const llvm::Align alignment(static_cast<std::uint64_t>(lanes * ir::byte_size(dtype_)));
    builder_.CreateAlignedStore(value, at(body_, dtype_, to_, offset), alignment);
  }

  /// One k, all columns.
  void row(const Scope& scope) {
    llvm::Value* start = row_start(scope);
    const bool ends_in_vector = c_.n_extent % c_.lanes == 0 || body_.target().masked_access;
    if (!ends_in_vector) clear(start);
    VectorRange range{number(builder_, 0), count(), c_.lanes};
    range.whole = c_.n_extent % c_.lanes == 0;
    range.written_out = c_.vectors;
    range.origin = first_;
    for_vectors(body_, scope, range, {}, [&](std::vector<Scope> scopes, Carried) {
      llvm::Value* column = builder_.CreateSub(scopes[0].indices[c_.n], first_);
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
  void turned(const Scope& scope) {
    llvm::Value* start = row_start(scope);
    llvm::Value* last = number(builder_, c_.n_extent - 1);
    const std::int64_t columns = c_.columns();
    for_loop(builder_, {number(builder_, 0), number(builder_, columns), c_.lanes},
             [&](llvm::Value* vector) {
               std::vector<llvm::Value*> rows;
               for (unsigned lane = 0; lane < c_.lanes; ++lane) {
                 llvm::Value* column = add(builder_, vector, number(builder_, lane));
                 column = add(builder_, first_, column);
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
  llvm::Value* to_;
  llvm::Value* first_ = nullptr;
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

void pack_y_panel(Body& body, Body& k_body, const Contraction& c, const Scope& scope,
                  llvm::Value* panel, llvm::Value* to) {
  PanelPacker packer(body, k_body, c, to);
  packer.pack(scope, multiply(body.builder(), panel, c.columns()));
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
  for_vectors(body, scope, vectors, {}, [&](std::vector<Scope> scopes, Carried) {
    llvm::Value* k = k_number(builder, c, nest, scopes[0], c.k_split, block);
    store_packed(body, c, scopes[0], add(builder, start, k), to);
    return Carried();
  });
}

/// Column after column of rows [m, m + rows).
void pack_x_columns(Body& m_body, const Contraction& c, const Scope& scope, std::size_t position,
                    const KBlock& block, const VectorRange& rows, llvm::Value* to) {
  llvm::IRBuilderBase& builder = m_body.builder();
  const Nest& nest = m_body.nest();
  if (position < c.k.size()) {
    for_loop(builder, k_range(builder, c, nest, position, block), [&](llvm::Value* index) {
      const Scope inside = m_body.inside(scope, c.k[position], index);
      pack_x_columns(m_body, c, inside, position + 1, block, rows, to);
    });
    return;
  }
  llvm::Value* k = k_number(builder, c, nest, scope, c.k_split, block);
  llvm::Value* column = multiply(builder, k, c.rows);
  for_vectors(m_body, scope, rows, {}, [&](std::vector<Scope> scopes, Carried) {
    llvm::Value* row = builder.CreateSub(scopes[0].indices[c.m], rows.origin);
    store_packed(m_body, c, scopes[0], add(builder, column, row), to);
    return Carried();
  });
}

}  // namespace

void pack_x_rows(Body& x_body, const Contraction& c, const Scope& scope, llvm::Value* m,
                 std::int64_t rows, const KBlock& block, llvm::Value* to) {
  llvm::IRBuilderBase& builder = x_body.builder();
  if (c.packs_x_by_columns) {
    const auto lanes = static_cast<unsigned>(
        x_body.target().lanes(ir::byte_size(x_body.nest().body[c.reduction].dtype)));
    VectorRange range{number(builder, 0), number(builder, rows), lanes};
    range.origin = m;
    pack_x_columns(x_body, c, scope, c.k_split, block, range, to);
    return;
  }
  const std::int64_t length = c.k_block_points(x_body.nest());
  for_loop(builder, {number(builder, 0), number(builder, rows)}, [&](llvm::Value* row) {
    const Scope inside = x_body.inside(scope, c.m, add(builder, m, row));
    pack_x_row(x_body, c, inside, c.k_split, block, multiply(builder, row, length), to);
  });
}

}  // namespace gradc::codegen
