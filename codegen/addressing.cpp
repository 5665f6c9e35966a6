#include "codegen/addressing.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <limits>

#include "codegen/flow.h"

namespace gradc::codegen {

Spot Addressing::first() {
  Spot out{linear_offset(builder_, scope_, address_)};
  for (const Check& check : address_.checks) {
    if (is_vector(check)) continue;
    const Spot part = coordinate(check, builder_.getInt64Ty(), 1);
    refine(out, check, part);
  }
  return out;
}

Spot Addressing::lanes() {
  llvm::Type* type = index_type();
  llvm::Value* base = builder_.CreateTrunc(linear_offset(builder_, scope_, address_), type);
  Spot out{spread(base, address_.strides[*body_.vector_loop()])};
  for (const Check& check : address_.checks)
    refine(out, check, coordinate(check, type, scope_.lanes));
  return out;
}

llvm::Value* Addressing::mask() {
  Spot out;
  llvm::Type* type = index_type();
  for (const Check& check : address_.checks) {
    Spot part = coordinate(check, type, is_vector(check) ? scope_.lanes : 1);
    if (!is_vector(check)) part.inside = splat(part.inside);
    conjoin(out.inside, part.inside);
  }
  return out.inside;
}

bool Addressing::is_vector(const Check& check) const {
  if (scope_.lanes == 1) return false;
  const std::size_t loop = *body_.vector_loop();
  const ir::Coordinate& c = check.coordinate;
  return c.affine.coefficient(loop) != 0 ||
         (c.indirect != ir::no_scalar && body_.is_vector(scope_, c.indirect));
}

void Addressing::conjoin(llvm::Value*& inside, llvm::Value* condition) {
  inside = inside ? builder_.CreateAnd(inside, condition) : condition;
}

llvm::Value* Addressing::splat(llvm::Value* value) {
  return scope_.lanes == 1 ? value : builder_.CreateVectorSplat(scope_.lanes, value);
}

llvm::Type* Addressing::index_type() {
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  const auto fits = [&](const Check& check) {
    const ir::Interval range = ir::range_of(check.coordinate.affine, body_.nest().extents);
    return check.coordinate.indirect == ir::no_scalar && range.low > -limit && range.high < limit &&
           check.extent < limit;
  };
  const bool narrow = address_.elements < limit && std::ranges::all_of(address_.checks, fits);
  return narrow ? builder_.getInt32Ty() : builder_.getInt64Ty();
}

llvm::Value* Addressing::spread(llvm::Value* base, std::int64_t stride) {
  if (scope_.lanes == 1) return base;
  llvm::SmallVector<llvm::Constant*> steps;
  for (unsigned lane = 0; lane < scope_.lanes; ++lane)
    steps.push_back(llvm::ConstantInt::getSigned(base->getType(), stride * lane));
  llvm::Value* all = builder_.CreateVectorSplat(scope_.lanes, base);
  return stride == 0 ? all : builder_.CreateAdd(all, llvm::ConstantVector::get(steps));
}

Spot Addressing::coordinate(const Check& check, llvm::Type* type, unsigned lanes) {
  const ir::Coordinate& c = check.coordinate;
  llvm::Value* position = number(builder_, c.affine.constant);
  for (std::size_t loop = 0; loop < c.affine.coefficients.size(); ++loop)
    if (c.affine.coefficients[loop] != 0)
      position = add(builder_, position,
                     multiply(builder_, scope_.indices[loop], c.affine.coefficients[loop]));
  position = builder_.CreateTrunc(position, type);
  if (lanes > 1) position = spread(position, c.affine.coefficient(*body_.vector_loop()));

  Spot out;
  if (c.divisor != 1) {
    llvm::Value* divisor = constant(position->getType(), c.divisor);
    llvm::Value* rest = builder_.CreateSRem(position, divisor);
    conjoin(out.inside, builder_.CreateICmpEQ(rest, constant(position->getType(), 0)));
    position = builder_.CreateSDiv(position, divisor);
  }
  if (c.indirect != ir::no_scalar) {
    llvm::Value* data =
        lanes > 1 ? body_.lanes_of(scope_, c.indirect) : body_.value(scope_, c.indirect);
    position = builder_.CreateAdd(position, builder_.CreateSExt(data, position->getType()));
  }
  // As unsigned numbers, what is below 0 lies above every extent.
  conjoin(out.inside,
          builder_.CreateICmpULT(position, constant(position->getType(), check.extent)));
  out.offset = position;
  return out;
}

void Addressing::refine(Spot& spot, const Check& check, const Spot& part) {
  conjoin(spot.inside, part.inside);
  if (!check.is_dynamic()) return;
  llvm::Value* stride = constant(part.offset->getType(), check.stride);
  spot.offset = builder_.CreateAdd(spot.offset, builder_.CreateMul(part.offset, stride));
}

llvm::Constant* Addressing::constant(llvm::Type* type, std::int64_t value) {
  return llvm::ConstantInt::getSigned(type, value);
}

llvm::Value* linear_offset(llvm::IRBuilderBase& builder, const Scope& scope,
                           const Address& address) {
  // Neighbours differ by a constant at the end, which becomes a part of their instructions.
  std::int64_t constant = address.offset;
  llvm::Value* out = number(builder, 0);
  for (std::size_t loop = 0; loop < address.strides.size(); ++loop) {
    if (address.strides[loop] == 0) continue;
    const auto [index, distance] = split_constant(scope.indices[loop]);
    constant += distance * address.strides[loop];
    out = add(builder, out, multiply(builder, index, address.strides[loop]));
  }
  return add(builder, out, number(builder, constant));
}

}  // namespace gradc::codegen
