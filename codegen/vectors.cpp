#include "codegen/vectors.h"

#include <llvm/IR/IRBuilder.h>

namespace gradc::codegen {

namespace {

/// The lanes whose number is below `count` (i64, less than `lanes`).
llvm::Value* first_lanes(llvm::IRBuilderBase& builder, llvm::Value* count, unsigned lanes) {
  llvm::Type* type = builder.getInt32Ty();
  llvm::Value* steps = builder.CreateStepVector(llvm::FixedVectorType::get(type, lanes));
  return builder.CreateICmpULT(steps,
                               builder.CreateVectorSplat(lanes, builder.CreateTrunc(count, type)));
}

}  // namespace

Carried for_vectors(Body& body, const Scope& scope, const VectorRange& range, Carried carried,
                    const std::function<Carried(std::vector<Scope>, Carried)>& visit) {
  llvm::IRBuilderBase& builder = body.builder();
  llvm::Value* extent = builder.CreateSub(range.last, range.first);
  const auto inside = [&](llvm::Value* index, unsigned lanes, llvm::Value* mask) {
    return body.inside(scope, range.origin ? add(builder, range.origin, index) : index, lanes,
                       mask);
  };
  const auto last_multiple = [&](std::int64_t step) {
    llvm::Value* rest = builder.CreateURem(extent, number(builder, step));
    return builder.CreateSub(range.last, rest);
  };

  llvm::Value* done = range.first;
  for (const unsigned unroll : {range.unroll, 1U}) {
    const std::int64_t step = std::int64_t{range.lanes} * unroll;
    llvm::Value* end = range.whole && unroll == 1 ? range.last : last_multiple(step);
    const auto vectors = [&](llvm::Value* index, Carried values) {
      std::vector<Scope> scopes;
      for (unsigned i = 0; i < unroll; ++i) {
        llvm::Value* first = add(builder, index, number(builder, std::int64_t{i} * range.lanes));
        scopes.push_back(inside(first, range.lanes, nullptr));
      }
      return visit(std::move(scopes), std::move(values));
    };
    carried = for_loop(builder, {done, end, step, range.written_out}, std::move(carried), vectors);
    done = end;
    if (range.unroll == 1) break;
  }
  if (range.whole || range.lanes == 1) return carried;

  if (!body.target().masked_access) {
    const auto point = [&](llvm::Value* index, Carried values) {
      return visit({inside(index, 1, nullptr)}, std::move(values));
    };
    return for_loop(builder, {done, range.last, 1, range.written_out}, std::move(carried), point);
  }
  // At most one iteration: as a loop, it disappears where the extent is known.
  const auto rest = [&](llvm::Value* index, Carried values) {
    llvm::Value* count = builder.CreateSub(range.last, index);
    llvm::Value* mask = first_lanes(builder, count, range.lanes);
    return visit({inside(index, range.lanes, mask)}, std::move(values));
  };
  return for_loop(builder, {done, range.last, range.lanes}, std::move(carried), rest);
}

}  // namespace gradc::codegen
