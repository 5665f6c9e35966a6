#pragma once
/// Addresses in numbers: where an access goes, for one point or for the lanes of a vector, and
/// which of them are inside.
#include "codegen/body.h"

namespace gradc::codegen {

/// An address in numbers: of one point, or of each lane.
struct Spot {
  llvm::Value* offset = nullptr;  ///< elements from the start of the buffer
  llvm::Value* inside = nullptr;  ///< null: always
};

/// The address of one access in a scope.
class Addressing {
 public:
  Addressing(Body& body, Scope& scope, const Address& address)
      : body_(body), builder_(body.builder()), scope_(scope), address_(address) {}

  /// Of the first point; checks that differ between lanes are left out.
  Spot first();

  /// Of every lane.
  Spot lanes();

  /// Which lanes of a contiguous access are inside; null for all.
  llvm::Value* mask();

  /// Does the check's answer differ between lanes?
  bool is_vector(const Check& check) const;

  /// Narrow `inside` (null: always) by a condition.
  void conjoin(llvm::Value*& inside, llvm::Value* condition);

  /// A value in all lanes of the scope.
  llvm::Value* splat(llvm::Value* value);

 private:
  /// 32 bits where every coordinate and every offset inside fits them: twice as many lanes. What
  /// lies outside may wrap around, nobody looks there.
  llvm::Type* index_type();

  /// base, base + stride, base + 2 stride … in the lanes.
  llvm::Value* spread(llvm::Value* base, std::int64_t stride);

  /// Where the access goes along a check's axis, and whether that is inside.
  Spot coordinate(const Check& check, llvm::Type* type, unsigned lanes);

  void refine(Spot& spot, const Check& check, const Spot& part);

  llvm::Constant* constant(llvm::Type* type, std::int64_t value);

  Body& body_;
  llvm::IRBuilderBase& builder_;
  Scope& scope_;
  const Address& address_;
};

/// The address for the scope's first point, as an offset in elements; without the parts of dynamic
/// checks.
llvm::Value* linear_offset(llvm::IRBuilderBase& builder, const Scope& scope,
                           const Address& address);

}  // namespace gradc::codegen
