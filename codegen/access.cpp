#include "codegen/access.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "codegen/addressing.h"
#include "codegen/flow.h"

namespace gradc::codegen {

namespace {

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
