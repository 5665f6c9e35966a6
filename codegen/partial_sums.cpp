#include "codegen/partial_sums.h"

#include <llvm/IR/IRBuilder.h>

#include "codegen/body.h"
#include "codegen/task_frame.h"

namespace gradc::codegen {

PartialSums::PartialSums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                         std::int64_t rows, std::int64_t row_length)
    : builder_(builder),
      lanes_(c.lanes),
      dtype_(dtype),
      rows_(rows),
      row_length_(row_length),
      memory_(on_stack(builder, dtype, rows * row_length)),
      first_row_(number(builder, 0)) {}

void PartialSums::clear() {
  const std::int64_t bytes = rows_ * row_length_ * ir::byte_size(dtype_);
  builder_.CreateMemSet(memory_, builder_.getInt8(0), static_cast<std::uint64_t>(bytes),
                        llvm::Align(64));
}

llvm::Value* PartialSums::place(llvm::Value* row, llvm::Value* column) {
  llvm::Value* offset =
      add(builder_, multiply(builder_, add(builder_, first_row_, row), row_length_), column);
  return builder_.CreateGEP(memory_type(builder_.getContext(), dtype_, 1), memory_, offset);
}

void PartialSums::for_vectors_of(const Tile& tile, llvm::Value* column,
                                 const std::function<void(std::size_t, llvm::Value*)>& visit) {
  for (std::int64_t row = 0; row < tile.rows; ++row)
    for (unsigned v = 0; v < tile.vectors; ++v) {
      llvm::Value* from = add(builder_, column, number(builder_, std::int64_t{v} * lanes_));
      visit(static_cast<std::size_t>(row) * tile.vectors + v, place(number(builder_, row), from));
    }
}

Carried PartialSums::load(const Tile& tile, llvm::Value* column) {
  const llvm::Align alignment(static_cast<std::uint64_t>(lanes_ * ir::byte_size(dtype_)));
  llvm::Type* type = memory_type(builder_.getContext(), dtype_, lanes_);
  Carried out(static_cast<std::size_t>(tile.rows) * tile.vectors);
  for_vectors_of(tile, column, [&](std::size_t i, llvm::Value* place) {
    out[i] = builder_.CreateAlignedLoad(type, place, alignment);
  });
  return out;
}

void PartialSums::store(const Tile& tile, llvm::Value* column, const Carried& sums) {
  const llvm::Align alignment(static_cast<std::uint64_t>(lanes_ * ir::byte_size(dtype_)));
  for_vectors_of(tile, column, [&](std::size_t i, llvm::Value* place) {
    builder_.CreateAlignedStore(sums[i], place, alignment);
  });
}

llvm::Value* PartialSums::load(llvm::Value* row, llvm::Value* column, unsigned lanes) {
  const llvm::Align alignment(static_cast<std::uint64_t>(ir::byte_size(dtype_)));
  return builder_.CreateAlignedLoad(memory_type(builder_.getContext(), dtype_, lanes),
                                    place(row, column), alignment);
}

Carried zero_sums(llvm::IRBuilderBase& builder, const Contraction& c, ir::DType dtype,
                  const Tile& tile) {
  llvm::Type* type = memory_type(builder.getContext(), dtype, c.lanes);
  return Carried(static_cast<std::size_t>(tile.rows) * tile.vectors,
                 llvm::Constant::getNullValue(type));
}

}  // namespace gradc::codegen
