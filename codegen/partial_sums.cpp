#include "codegen/partial_sums.h"

#include <llvm/IR/IRBuilder.h>

#include "codegen/body.h"

namespace gradc::codegen {

PartialSums::PartialSums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                         llvm::Value* memory, std::int64_t parts, std::int64_t distance)
    : builder_(builder),
      c_(c),
      dtype_(dtype),
      memory_(memory),
      parts_(parts),
      distance_(distance) {}

llvm::Value* PartialSums::place(llvm::Value* row, llvm::Value* column) {
  llvm::Value* offset = add(builder_, multiply(builder_, row, c_.columns()), column);
  return builder_.CreateGEP(memory_type(builder_.getContext(), dtype_, 1), memory_, offset);
}

void PartialSums::for_vectors_of(const Tile& tile,
                                 const std::function<void(std::size_t, llvm::Value*)>& visit) {
  for (std::int64_t row = 0; row < tile.rows; ++row)
    for (unsigned v = 0; v < tile.vectors; ++v)
      visit(static_cast<std::size_t>(row) * tile.vectors + v,
            place(number(builder_, row), number(builder_, std::int64_t{v} * c_.lanes)));
}

Carried PartialSums::load(const Tile& tile) {
  const llvm::Align alignment(static_cast<std::uint64_t>(c_.lanes * ir::byte_size(dtype_)));
  llvm::Type* type = memory_type(builder_.getContext(), dtype_, c_.lanes);
  Carried out(static_cast<std::size_t>(tile.rows) * tile.vectors);
  for_vectors_of(tile, [&](std::size_t i, llvm::Value* place) {
    out[i] = builder_.CreateAlignedLoad(type, place, alignment);
  });
  return out;
}

void PartialSums::store(const Tile& tile, const Carried& sums) {
  const llvm::Align alignment(static_cast<std::uint64_t>(c_.lanes * ir::byte_size(dtype_)));
  for_vectors_of(tile, [&](std::size_t i, llvm::Value* place) {
    builder_.CreateAlignedStore(sums[i], place, alignment);
  });
}

void PartialSums::fetch_next(const Tile& tile) {
  for_vectors_of(tile, [&](std::size_t, llvm::Value* place) {
    llvm::Type* element = memory_type(builder_.getContext(), dtype_, 1);
    llvm::Value* distance = number(builder_, c_.rows() * c_.columns());
    prefetch(builder_, builder_.CreateGEP(element, place, distance));
  });
}

llvm::Value* PartialSums::load(llvm::Value* row, llvm::Value* column, unsigned lanes) {
  const llvm::Align alignment(static_cast<std::uint64_t>(ir::byte_size(dtype_)));
  llvm::Type* type = memory_type(builder_.getContext(), dtype_, lanes);
  llvm::Value* out = builder_.CreateAlignedLoad(type, place(row, column), alignment);
  for (std::int64_t part = 1; part < parts_; ++part) {
    llvm::Value* from = place(row, add(builder_, column, number(builder_, part * distance_)));
    out = builder_.CreateFAdd(out, builder_.CreateAlignedLoad(type, from, alignment));
  }
  return out;
}

Carried zero_sums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                  const Tile& tile) {
  llvm::Type* type = memory_type(builder.getContext(), dtype, c.lanes);
  return Carried(static_cast<std::size_t>(tile.rows) * tile.vectors,
                 llvm::Constant::getNullValue(type));
}

}  // namespace gradc::codegen
