#include "codegen/tile.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>

namespace gradc::codegen {

namespace {

constexpr std::int64_t most_written_out = 48;  // products of vectors

class TileEmitter {
 public:
  TileEmitter(Body& body, const Contraction& c, const Tile& tile, const TileInputs& inputs,
              const KBlock& block)
      : body_(body),
        builder_(body.builder()),
        nest_(body.nest()),
        c_(c),
        tile_(tile),
        inputs_(inputs),
        block_(block),
        dtype_(nest_.body[c.reduction].dtype),
        element_(memory_type(builder_.getContext(), dtype_, 1)),
        vector_(memory_type(builder_.getContext(), dtype_, c.lanes)) {}

  Carried loops(const Scope& scope, std::size_t position, Carried sums) {
    if (position == c_.k.size()) return step(scope, std::move(sums));
    const std::size_t loop = c_.k[position];
    Range range = k_range(builder_, c_, nest_, position, block_);
    // The few taps of a window are written out: such a short loop would begin all the time.
    range.unroll =
        std::max<std::int64_t>(most_written_out / static_cast<std::int64_t>(sums.size()), 1);
    return for_loop(builder_, range, std::move(sums), [&](llvm::Value* index, Carried values) {
      return loops(body_.inside(scope, loop, index), position + 1, std::move(values));
    });
  }

 private:
  const Address& address_of(ir::ScalarId factor) const {
    return nest_.accesses[static_cast<std::size_t>(nest_.body[factor].integer)];
  }

  llvm::Value* element(llvm::Value* base, llvm::Value* offset) {
    return builder_.CreateGEP(element_, base, offset);
  }
  llvm::Value* element(llvm::Value* base, std::int64_t offset) {
    return element(base, number(builder_, offset));
  }

  /// One k: a row of y times a column of x.
  Carried step(const Scope& scope, Carried sums) {
    const std::vector<llvm::Value*> y = row_of_y(scope);
    llvm::Value* x = column_of_x(scope);
    if (inputs_.ahead)
      fetch(*inputs_.ahead, k_number(builder_, c_, nest_, scope, c_.k_split, block_));
    for (std::int64_t row = 0; row < tile_.rows; ++row) {
      const llvm::Align alignment(static_cast<std::uint64_t>(ir::byte_size(dtype_)));
      llvm::Value* value =
          builder_.CreateAlignedLoad(element_, element(x, distance_of_x(row)), alignment);
      if (c_.lanes > 1) value = builder_.CreateVectorSplat(c_.lanes, value);
      for (unsigned v = 0; v < tile_.vectors; ++v) {
        llvm::Value*& sum = sums[static_cast<std::size_t>(row) * tile_.vectors + v];
        sum = builder_.CreateIntrinsic(llvm::Intrinsic::fmuladd, {vector_}, {value, y[v], sum});
      }
    }
    return sums;
  }

  void fetch(const Ahead& ahead, llvm::Value* k) {
    llvm::Value* index = builder_.CreateUDiv(k, number(builder_, ahead.every));
    prefetch(builder_, element(ahead.first, builder_.CreateMul(index, ahead.stride)));
  }

  std::vector<llvm::Value*> row_of_y(const Scope& scope) {
    llvm::Value* start;
    llvm::Align alignment(static_cast<std::uint64_t>(ir::byte_size(dtype_)));
    if (c_.y_supply == Supply::direct) {
      start = body_.pointer(body_.inside(scope, c_.n, tile_.n), address_of(c_.y));
    } else {
      llvm::Value* k = c_.y_supply == Supply::prepared
                           ? k_number(builder_, c_, nest_, scope, 0, {})
                           : k_number(builder_, c_, nest_, scope, c_.k_split, block_);
      start = element(inputs_.y_panel, multiply(builder_, k, c_.columns()));
      alignment = llvm::Align(alignment.value() * c_.lanes);
    }
    std::vector<llvm::Value*> out;
    for (unsigned v = 0; v < tile_.vectors; ++v) {
      llvm::Value* from = element(start, std::int64_t{v} * c_.lanes);
      llvm::Value* mask = c_.y_supply == Supply::direct ? tile_mask(body_, c_, tile_, v) : nullptr;
      out.push_back(
          mask ? static_cast<llvm::Value*>(builder_.CreateMaskedLoad(
                     vector_, from, alignment, mask, llvm::Constant::getNullValue(vector_)))
               : builder_.CreateAlignedLoad(vector_, from, alignment));
    }
    return out;
  }

  /// Where the first row's number is.
  llvm::Value* column_of_x(const Scope& scope) {
    if (c_.x_supply == Supply::direct)
      return body_.pointer(at_row(body_, c_, scope, tile_.m, number(builder_, 0)),
                           address_of(c_.x));
    llvm::Value* k = k_number(builder_, c_, nest_, scope, c_.k_split, block_);
    return element(inputs_.x_block, c_.packs_x_by_columns ? multiply(builder_, k, c_.rows()) : k);
  }

  /// How far behind it another row's number is.
  std::int64_t distance_of_x(std::int64_t row) const {
    if (c_.x_supply == Supply::packed)
      return c_.packs_x_by_columns ? row : row * c_.k_block_points(nest_);
    const std::vector<std::int64_t>& strides = address_of(c_.x).strides;
    std::int64_t out = 0;
    for (std::size_t i = c_.x_inner.size(); i-- > 0;) {
      const std::int64_t extent = nest_.extents[c_.x_inner[i]];
      out += row % extent * strides[c_.x_inner[i]];
      row /= extent;
    }
    return c_.m ? out + row * strides[*c_.m] : out;
  }

  Body& body_;
  llvm::IRBuilderBase& builder_;
  const Nest& nest_;
  const Contraction& c_;
  const Tile& tile_;
  const TileInputs& inputs_;
  const KBlock& block_;
  ir::DType dtype_;
  llvm::Type* element_;
  llvm::Type* vector_;
};

}  // namespace

void prefetch(llvm::IRBuilderBase& builder, llvm::Value* place) {
  constexpr std::uint32_t to_read = 0, second_level_cache = 2, data = 1;
  builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {builder.getPtrTy()},
                          {place, builder.getInt32(to_read), builder.getInt32(second_level_cache),
                           builder.getInt32(data)});
}

Scope at_row(const Body& body, const Contraction& c, const Scope& scope, llvm::Value* m,
             llvm::Value* row) {
  if (!c.m) return scope;
  std::vector<std::int64_t> extents{c.tile_m};
  for (const std::size_t loop : c.x_inner) extents.push_back(body.nest().extents[loop]);
  const std::vector<llvm::Value*> indices = decompose(body.builder(), row, extents);
  Scope out = body.inside(scope, *c.m, add(body.builder(), m, indices[0]));
  for (std::size_t i = 0; i < c.x_inner.size(); ++i) out.indices[c.x_inner[i]] = indices[i + 1];
  return out;
}

Carried emit_tile(Body& body, const Contraction& c, const Scope& scope, const Tile& tile,
                  const TileInputs& inputs, const KBlock& block, Carried sums) {
  return TileEmitter(body, c, tile, inputs, block).loops(scope, c.k_split, std::move(sums));
}

llvm::Value* tile_mask(Body& body, const Contraction& c, const Tile& tile, unsigned vector) {
  const std::int64_t left = tile.columns - std::int64_t{vector} * c.lanes;
  if (left >= c.lanes) return nullptr;
  llvm::SmallVector<llvm::Constant*> lanes;
  for (unsigned lane = 0; lane < c.lanes; ++lane)
    lanes.push_back(body.builder().getInt1(lane < left));
  return llvm::ConstantVector::get(lanes);
}

}  // namespace gradc::codegen
