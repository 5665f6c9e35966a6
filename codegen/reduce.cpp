#include "codegen/reduce.h"

#include <llvm/IR/IRBuilder.h>

#include <numeric>

namespace gradc::codegen {

Accumulators::Accumulators(Body& body, int pass) : body_(body) {
  const Nest& nest = body.nest();
  for (ir::ScalarId id = 0; id < nest.body.size(); ++id) {
    const ir::Instruction& instruction = nest.body[id];
    if (!is_reduction(instruction.op)) continue;
    if (nest.staging.stage[instruction.arguments[0]] != pass) continue;
    reductions_.push_back(id);
    arguments_.push_back(instruction.arguments[0]);
  }
}

ir::DType Accumulators::dtype(std::size_t i) const {
  return body_.nest().body[arguments_[i]].dtype;
}

bool Accumulators::is_argmax(std::size_t i) const {
  return body_.nest().body[reductions_[i]].op == ir::ScalarOp::reduce_argmax;
}

std::size_t Accumulators::width() const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < reductions_.size(); ++i) out += is_argmax(i) ? 2 : 1;
  return out;
}

std::vector<ir::DType> Accumulators::dtypes() const {
  std::vector<ir::DType> out;
  for (std::size_t i = 0; i < reductions_.size(); ++i) {
    out.push_back(dtype(i));
    if (is_argmax(i)) out.push_back(ir::DType::i32);
  }
  return out;
}

void Accumulators::append_neutral(Carried& out, std::size_t i, unsigned lanes) const {
  llvm::LLVMContext& context = body_.builder().getContext();
  if (!is_argmax(i)) {
    out.push_back(neutral(context, body_.nest().body[reductions_[i]].op, dtype(i), lanes));
    return;
  }
  const ArgMax empty = argmax_neutral(context, dtype(i), lanes);
  out.push_back(empty.value);
  out.push_back(empty.point);
}

void Accumulators::append_neutral(Carried& out, const Scope& scope) const {
  for (std::size_t i = 0; i < reductions_.size(); ++i)
    append_neutral(out, i, body_.is_vector(scope, reductions_[i]) ? scope.lanes : 1);
}

void Accumulators::append_neutral(Carried& out, unsigned lanes) const {
  for (std::size_t i = 0; i < reductions_.size(); ++i) append_neutral(out, i, lanes);
}

/// Row-major number of the point of the reduction loops, i32.
llvm::Value* Accumulators::point_number(const Scope& scope) const {
  llvm::IRBuilderBase& builder = body_.builder();
  const Nest& nest = body_.nest();
  llvm::Value* out = number(builder, 0);
  std::int64_t weight = 1, weight_of_lane = 0;
  for (std::size_t loop = nest.extents.size(); loop-- > nest.parallel;) {
    out = add(builder, out, multiply(builder, scope.indices[loop], weight));
    if (loop == body_.vector_loop()) weight_of_lane = weight;
    weight *= nest.extents[loop];
  }
  out = builder.CreateTrunc(out, builder.getInt32Ty());
  if (scope.lanes == 1 || weight_of_lane == 0) return out;

  auto* type = llvm::FixedVectorType::get(builder.getInt32Ty(), scope.lanes);
  llvm::Value* steps =
      builder.CreateMul(builder.CreateStepVector(type),
                        llvm::ConstantInt::get(type, static_cast<std::uint64_t>(weight_of_lane)));
  return builder.CreateAdd(builder.CreateVectorSplat(scope.lanes, out), steps);
}

void Accumulators::combine(Carried& sets, std::size_t at, std::size_t i, llvm::Value* value,
                           llvm::Value* point) const {
  llvm::IRBuilderBase& builder = body_.builder();
  if (!is_argmax(i)) {
    sets[at] =
        emit_combine(builder, body_.nest().body[reductions_[i]].op, dtype(i), sets[at], value);
    return;
  }
  const ArgMax best =
      emit_argmax_combine(builder, dtype(i), {sets[at], sets[at + 1]}, {value, point});
  sets[at] = best.value;
  sets[at + 1] = best.point;
}

void Accumulators::combine(Carried& sets, std::size_t first, Scope& scope) const {
  llvm::IRBuilderBase& builder = body_.builder();
  const std::optional<std::size_t> loop = body_.vector_loop();
  const bool lanes_are_partial = scope.lanes > 1 && !body_.nest().is_parallel(*loop);
  std::size_t at = first;
  for (std::size_t i = 0; i < reductions_.size(); ++i) {
    const bool in_lanes = lanes_are_partial || body_.is_vector(scope, arguments_[i]);
    llvm::Value* value =
        in_lanes ? body_.lanes_of(scope, arguments_[i]) : body_.value(scope, arguments_[i]);
    llvm::Value* point = is_argmax(i) ? point_number(scope) : nullptr;
    if (point && in_lanes && !point->getType()->isVectorTy())
      point = builder.CreateVectorSplat(scope.lanes, point);
    if (lanes_are_partial && scope.mask) {  // lanes that are no points must not count
      Carried nothing;
      append_neutral(nothing, i, scope.lanes);
      value = builder.CreateSelect(scope.mask, value, nothing[0]);
      if (point) point = builder.CreateSelect(scope.mask, point, nothing[1]);
    }
    combine(sets, at, i, value, point);
    at += is_argmax(i) ? 2 : 1;
  }
}

void Accumulators::merge(Carried& sets, std::size_t into, std::size_t from) const {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < reductions_.size(); ++i) {
    llvm::Value* point = is_argmax(i) ? sets[from + offset + 1] : nullptr;
    combine(sets, into + offset, i, sets[from + offset], point);
    offset += is_argmax(i) ? 2 : 1;
  }
}

void Accumulators::merge_lanes(Carried& sets, std::size_t first, unsigned lanes) const {
  llvm::IRBuilderBase& builder = body_.builder();
  const std::size_t count = width();
  for (; lanes > 1; lanes /= 2) {
    std::vector<int> low(lanes / 2);
    std::iota(low.begin(), low.end(), 0);
    std::vector<int> high(lanes / 2);
    std::iota(high.begin(), high.end(), static_cast<int>(lanes / 2));
    Carried halves;
    for (const auto& half : {low, high})
      for (std::size_t i = 0; i < count; ++i)
        halves.push_back(builder.CreateShuffleVector(sets[first + i], half));
    merge(halves, 0, count);
    for (std::size_t i = 0; i < count; ++i) sets[first + i] = halves[i];
  }
  for (std::size_t i = first; i < first + count; ++i)
    if (sets[i]->getType()->isVectorTy())
      sets[i] = builder.CreateExtractElement(sets[i], std::uint64_t{0});
}

void Accumulators::finish(const Carried& sets, std::size_t first, Scope& scope) const {
  std::size_t at = first;
  for (std::size_t i = 0; i < reductions_.size(); ++i) {
    scope.values[reductions_[i]] =
        is_argmax(i) ? emit_argmax_result(body_.builder(), {sets[at], sets[at + 1]}) : sets[at];
    at += is_argmax(i) ? 2 : 1;
  }
}

}  // namespace gradc::codegen
