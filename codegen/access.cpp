#include "codegen/access.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "codegen/flow.h"

namespace gradc::codegen {

namespace {

/// An address in numbers: of one point, or of each lane.
struct Spot {
  llvm::Value* offset = nullptr;  ///< elements from the start of the buffer
  llvm::Value* inside = nullptr;  ///< null: always
};

class Addressing {
 public:
  Addressing(Body& body, Scope& scope, const Address& address)
      : body_(body), builder_(body.builder()), scope_(scope), address_(address) {}

  /// Of the first point; checks that differ between lanes are left out.
  Spot first() {
    Spot out{linear_offset(builder_, scope_, address_)};
    for (const Check& check : address_.checks) {
      if (is_vector(check)) continue;
      const Spot part = coordinate(check, builder_.getInt64Ty(), 1);
      refine(out, check, part);
    }
    return out;
  }

  /// Of every lane.
  Spot lanes() {
    llvm::Type* type = index_type();
    llvm::Value* base = builder_.CreateTrunc(linear_offset(builder_, scope_, address_), type);
    Spot out{spread(base, address_.strides[*body_.vector_loop()])};
    for (const Check& check : address_.checks)
      refine(out, check, coordinate(check, type, scope_.lanes));
    return out;
  }

  /// Which lanes of a contiguous access are inside; null for all.
  llvm::Value* mask() {
    Spot out;
    llvm::Type* type = index_type();
    for (const Check& check : address_.checks) {
      Spot part = coordinate(check, type, is_vector(check) ? scope_.lanes : 1);
      if (!is_vector(check)) part.inside = splat(part.inside);
      conjoin(out.inside, part.inside);
    }
    return out.inside;
  }

  bool is_vector(const Check& check) const {
    if (scope_.lanes == 1) return false;
    const std::size_t loop = *body_.vector_loop();
    const ir::Coordinate& c = check.coordinate;
    return c.affine.coefficient(loop) != 0 ||
           (c.indirect != ir::no_scalar && body_.is_vector(scope_, c.indirect));
  }

  void conjoin(llvm::Value*& inside, llvm::Value* condition) {
    inside = inside ? builder_.CreateAnd(inside, condition) : condition;
  }

  llvm::Value* splat(llvm::Value* value) {
    return scope_.lanes == 1 ? value : builder_.CreateVectorSplat(scope_.lanes, value);
  }

 private:
  /// 32 bits where every coordinate and every offset inside fits them: twice as many lanes. What
  /// lies outside may wrap around, nobody looks there.
  llvm::Type* index_type() {
    constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
    const auto fits = [&](const Check& check) {
      const ir::Interval range = ir::range_of(check.coordinate.affine, body_.nest().extents);
      return check.coordinate.indirect == ir::no_scalar && range.low > -limit &&
             range.high < limit && check.extent < limit;
    };
    const bool narrow = address_.elements < limit && std::ranges::all_of(address_.checks, fits);
    return narrow ? builder_.getInt32Ty() : builder_.getInt64Ty();
  }

  /// base, base + stride, base + 2 stride … in the lanes.
  llvm::Value* spread(llvm::Value* base, std::int64_t stride) {
    if (scope_.lanes == 1) return base;
    llvm::SmallVector<llvm::Constant*> steps;
    for (unsigned lane = 0; lane < scope_.lanes; ++lane)
      steps.push_back(llvm::ConstantInt::getSigned(base->getType(), stride * lane));
    llvm::Value* all = builder_.CreateVectorSplat(scope_.lanes, base);
    return stride == 0 ? all : builder_.CreateAdd(all, llvm::ConstantVector::get(steps));
  }

  /// Where the access goes along a check's axis, and whether that is inside.
  Spot coordinate(const Check& check, llvm::Type* type, unsigned lanes) {
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

  void refine(Spot& spot, const Check& check, const Spot& part) {
    conjoin(spot.inside, part.inside);
    if (!check.is_dynamic()) return;
    llvm::Value* stride = constant(part.offset->getType(), check.stride);
    spot.offset = builder_.CreateAdd(spot.offset, builder_.CreateMul(part.offset, stride));
  }

  llvm::Constant* constant(llvm::Type* type, std::int64_t value) {
    return llvm::ConstantInt::getSigned(type, value);
  }

  Body& body_;
  llvm::IRBuilderBase& builder_;
  Scope& scope_;
  const Address& address_;
};

/// One access in the making.
class Accessor {
 public:
  Accessor(Body& body, Scope& scope, const Address& address, llvm::Value* buffer)
      : body_(body),
        builder_(body.builder()),
        scope_(scope),
        address_(address),
        buffer_(buffer),
        addressing_(body, scope, address),
        bytes_(ir::byte_size(address.dtype)),
        alignment_(static_cast<std::uint64_t>(bytes_)) {}

  bool is_vector() const {
    return scope_.lanes > 1 && body_.nest().loops_of(address_).contains(*body_.vector_loop());
  }

  llvm::Value* load_scalar() {
    Spot spot = addressing_.first();
    if (!spot.inside) return to_register(builder_, address_.dtype, read(spot.offset));
    llvm::Value* safe = builder_.CreateSelect(spot.inside, spot.offset, number(builder_, 0));
    llvm::Value* value = read(safe);
    value = builder_.CreateSelect(spot.inside, value, zero(value->getType()));
    return to_register(builder_, address_.dtype, value);
  }

  llvm::Value* load_vector() {
    llvm::Value* value = nullptr;
    if (motion(body_.nest(), address_, *body_.vector_loop()) == Motion::contiguous)
      value = load_contiguous();
    else if (const auto stride = small_stride())
      value = load_apart(*stride);
    if (!value) value = load_scattered();
    return to_register(builder_, address_.dtype, value);
  }

  void store_scalar(llvm::Value* value) { write(addressing_.first().offset, value); }

  void store_vector(llvm::Value* value) {
    if (motion(body_.nest(), address_, *body_.vector_loop()) == Motion::contiguous)
      store_contiguous(addressing_.first().offset, value);
    else if (const auto stride = small_stride())
      store_apart(addressing_.first().offset, value, *stride);
    else
      store_scattered(value);
  }

  /// Scatter: points outside are dropped. Lanes, if any, are neighbours.
  void add_to(llvm::Value* value) {
    const Spot spot = addressing_.first();
    const auto update = [&] {
      const ir::DType dtype = address_.dtype;
      llvm::Value* old = is_vector() ? read_lanes(spot.offset, scope_.mask) : read(spot.offset);
      old = to_register(builder_, dtype, old);
      llvm::Value* sum = to_memory(
          builder_, dtype, emit_combine(builder_, ir::ScalarOp::reduce_add, dtype, old, value));
      if (is_vector())
        store_contiguous(spot.offset, sum);
      else
        write(spot.offset, sum);
    };
    if (spot.inside)
      if_then(builder_, spot.inside, update);
    else
      update();
  }

 private:
  llvm::Type* element() const { return memory_type(builder_.getContext(), address_.dtype, 1); }
  llvm::Type* elements() const {
    return memory_type(builder_.getContext(), address_.dtype, scope_.lanes);
  }
  static llvm::Constant* zero(llvm::Type* type) { return llvm::Constant::getNullValue(type); }
  llvm::Value* at(llvm::Value* offset) { return builder_.CreateGEP(element(), buffer_, offset); }

  llvm::Value* read(llvm::Value* offset) {
    return builder_.CreateAlignedLoad(element(), at(offset), alignment_);
  }
  void write(llvm::Value* offset, llvm::Value* value) {
    builder_.CreateAlignedStore(value, at(offset), alignment_);
  }

  llvm::Value* read_lanes(llvm::Value* offset, llvm::Value* mask) {
    if (!mask) return builder_.CreateAlignedLoad(elements(), at(offset), alignment_);
    return builder_.CreateMaskedLoad(elements(), at(offset), alignment_, mask, zero(elements()));
  }

  /// Null if this machine has to do it lane by lane.
  llvm::Value* load_contiguous() {
    const bool is_checked = !address_.checks.empty();
    if (is_checked && !body_.target().masked_access) return nullptr;
    const Spot spot = addressing_.first();
    llvm::Value* mask = scope_.mask;
    if (is_checked) {
      llvm::Value* inside = addressing_.mask();
      mask = mask ? builder_.CreateAnd(mask, inside) : inside;
    }
    return read_lanes(spot.offset, mask);
  }

  // ---- Lanes a few elements apart: vectors with what lies between masked out, and a shuffle ----

  std::optional<unsigned> small_stride() const {
    if (!body_.target().masked_access || bytes_ < 4) return std::nullopt;
    const auto stride = stride_along(body_.nest(), address_, *body_.vector_loop());
    const bool is_small = stride && *stride > 1 && *stride <= widest_shuffle;
    return is_small ? std::optional(static_cast<unsigned>(*stride)) : std::nullopt;
  }

  llvm::Value* load_apart(unsigned stride) {
    const Spot spot = addressing_.first();
    llvm::Value* mask = scope_.mask;
    if (!address_.checks.empty()) {
      llvm::Value* inside = addressing_.mask();
      mask = mask && inside ? builder_.CreateAnd(mask, inside) : mask ? mask : inside;
    }
    llvm::Type* wide = memory_type(builder_.getContext(), address_.dtype, scope_.lanes * stride);
    llvm::Value* all = builder_.CreateMaskedLoad(wide, at(spot.offset), alignment_,
                                                 mask_apart(mask, stride), zero(wide));
    llvm::SmallVector<int> lanes;
    for (unsigned lane = 0; lane < scope_.lanes; ++lane)
      lanes.push_back(static_cast<int>(lane * stride));
    return builder_.CreateShuffleVector(all, lanes);
  }

  void store_apart(llvm::Value* offset, llvm::Value* value, unsigned stride) {
    builder_.CreateMaskedStore(builder_.CreateShuffleVector(value, places_apart(stride, -1)),
                               at(offset), alignment_, mask_apart(scope_.mask, stride));
  }

  /// The mask of the lanes for the elements that they are apart; null: all lanes.
  llvm::Value* mask_apart(llvm::Value* mask, unsigned stride) {
    if (!mask) mask = builder_.CreateVectorSplat(scope_.lanes, builder_.getTrue());
    const llvm::SmallVector<int> places = places_apart(stride, static_cast<int>(scope_.lanes));
    return builder_.CreateShuffleVector(mask, zero(mask->getType()), places);
  }

  /// For every element the lane that it belongs to, or `between`.
  llvm::SmallVector<int> places_apart(unsigned stride, int between) const {
    llvm::SmallVector<int> out;
    for (unsigned element = 0; element < scope_.lanes * stride; ++element)
      out.push_back(element % stride == 0 ? static_cast<int>(element / stride) : between);
    return out;
  }

  bool has_instruction_for_lanes() const { return body_.target().gathers && bytes_ >= 4; }

  llvm::Value* load_scattered() {
    Spot spot = addressing_.lanes();
    if (scope_.mask) addressing_.conjoin(spot.inside, scope_.mask);
    if (has_instruction_for_lanes())
      return builder_.CreateMaskedGather(elements(), at(spot.offset), alignment_, spot.inside,
                                         zero(elements()));
    if (spot.inside)
      spot.offset = builder_.CreateSelect(spot.inside, spot.offset, zero(spot.offset->getType()));
    llvm::Value* out = llvm::PoisonValue::get(elements());
    for (unsigned lane = 0; lane < scope_.lanes; ++lane)
      out = builder_.CreateInsertElement(
          out, read(builder_.CreateExtractElement(spot.offset, lane)), lane);
    return spot.inside ? builder_.CreateSelect(spot.inside, out, zero(elements())) : out;
  }

  void store_contiguous(llvm::Value* offset, llvm::Value* value) {
    if (scope_.mask)
      builder_.CreateMaskedStore(value, at(offset), alignment_, scope_.mask);
    else
      builder_.CreateAlignedStore(value, at(offset), alignment_);
  }

  void store_scattered(llvm::Value* value) {
    const Spot spot = addressing_.lanes();
    if (scope_.mask && bytes_ >= 4) {
      builder_.CreateMaskedScatter(value, at(spot.offset), alignment_, scope_.mask);
      return;
    }
    for (unsigned lane = 0; lane < scope_.lanes; ++lane) {
      const auto store = [&] {
        write(builder_.CreateExtractElement(spot.offset, lane),
              builder_.CreateExtractElement(value, lane));
      };
      if (scope_.mask)
        if_then(builder_, builder_.CreateExtractElement(scope_.mask, lane), store);
      else
        store();
    }
  }

  Body& body_;
  llvm::IRBuilderBase& builder_;
  Scope& scope_;
  const Address& address_;
  llvm::Value* buffer_;
  Addressing addressing_;
  std::int64_t bytes_;
  llvm::Align alignment_;
};

}  // namespace

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

llvm::Value* emit_load(Body& body, Scope& scope, const Address& address) {
  Accessor accessor(body, scope, address, body.operand(address.buffer));
  if (address.elements == 0) {  // nothing is inside, and there is no address to read instead
    const unsigned lanes = accessor.is_vector() ? scope.lanes : 1;
    return llvm::Constant::getNullValue(
        register_type(body.builder().getContext(), address.dtype, lanes));
  }
  return accessor.is_vector() ? accessor.load_vector() : accessor.load_scalar();
}

void emit_store(Body& body, Scope& scope, const NestOutput& output, llvm::Value* value) {
  Accessor accessor(body, scope, output.address, body.output(output.address.buffer));
  if (output.accumulate) {
    accessor.add_to(value);
    return;
  }
  value = to_memory(body.builder(), output.address.dtype, value);
  if (accessor.is_vector())
    accessor.store_vector(value);
  else
    accessor.store_scalar(value);
}

}  // namespace gradc::codegen
