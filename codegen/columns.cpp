#include "codegen/columns.h"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>

#include "codegen/task_frame.h"
#include "codegen/vectors.h"

namespace gradc::codegen {

namespace {

using Scopes = std::vector<Scope>;

/// The sums of a block of columns, on the stack.
class ColumnSums {
 public:
  ColumnSums(llvm::IRBuilderBase& builder, const Accumulators& accumulators, std::int64_t columns)
      : builder_(builder), dtypes_(accumulators.dtypes()) {
    for (const ir::DType dtype : dtypes_) memory_.push_back(on_stack(builder, dtype, columns));
  }

  Carried load(llvm::Value* column, unsigned lanes) {
    Carried out;
    for (std::size_t i = 0; i < memory_.size(); ++i)
      out.push_back(builder_.CreateAlignedLoad(
          memory_type(builder_.getContext(), dtypes_[i], lanes), place(i, column), alignment(i)));
    return out;
  }

  void store(llvm::Value* column, const Carried& sums) {
    for (std::size_t i = 0; i < memory_.size(); ++i)
      builder_.CreateAlignedStore(sums[i], place(i, column), alignment(i));
  }

 private:
  llvm::Value* place(std::size_t i, llvm::Value* column) {
    return builder_.CreateGEP(memory_type(builder_.getContext(), dtypes_[i], 1), memory_[i],
                              column);
  }
  llvm::Align alignment(std::size_t i) const {
    return llvm::Align(static_cast<std::uint64_t>(ir::byte_size(dtypes_[i])));
  }

  llvm::IRBuilderBase& builder_;
  std::vector<ir::DType> dtypes_;
  std::vector<llvm::Value*> memory_;
};

class Columns {
 public:
  Columns(Body& body, const Walk& walk, const std::vector<ir::ScalarId>& roots,
          const ColumnVisits& visits)
      : body_(body),
        builder_(body.builder()),
        walk_(walk),
        roots_(roots),
        visits_(visits),
        accumulators_(body, 0),
        sums_(builder_, accumulators_, walk.columns + walk.lanes) {}

  /// The columns [first, last), at most as many as have sums.
  void block(const Scope& scope, llvm::Value* first, llvm::Value* last) {
    range_ = {first, last, walk_.lanes};
    range_.whole = body_.nest().extents[vector_loop()] % walk_.lanes == 0;
    for_columns(scope, [&](Scope& columns) {
      Carried nothing;
      accumulators_.append_neutral(nothing, columns);
      sums_.store(column(columns), nothing);
    });
    rows(scope, 0);
    for_columns(scope, [&](Scope& columns) {
      accumulators_.finish(sums_.load(column(columns), columns.lanes), 0, columns);
      visits_.results(columns);
    });
  }

 private:
  std::size_t vector_loop() const { return *walk_.vector_loop; }

  void for_columns(const Scope& scope, const std::function<void(Scope&)>& visit) {
    for_vectors(body_, scope, range_, {}, [&](Scopes columns, const Carried&) {
      visit(columns[0]);
      return Carried();
    });
  }

  /// Number of the first of them in the block.
  llvm::Value* column(const Scope& columns) {
    return builder_.CreateSub(columns.indices[vector_loop()], range_.first);
  }

  void rows(const Scope& scope, std::size_t position) {
    const std::size_t loop = walk_.reduction[position];
    const std::int64_t extent = body_.nest().extents[loop];
    const auto visit = [&](llvm::Value* index, std::int64_t count) {
      Scopes inside;
      for (std::int64_t i = 0; i < count; ++i) {
        inside.push_back(body_.inside(scope, loop, add(builder_, index, number(builder_, i))));
        body_.compute(inside.back(), roots_);
      }
      add_rows(scope, inside);
    };
    if (position + 1 < walk_.reduction.size()) {
      for_loop(builder_, {number(builder_, 0), number(builder_, extent)}, [&](llvm::Value* index) {
        Scope inside = body_.inside(scope, loop, index);
        body_.compute(inside, roots_);
        rows(inside, position + 1);
      });
      return;
    }
    const std::int64_t left = extent % walk_.rows;
    for_loop(builder_, {number(builder_, 0), number(builder_, extent - left), walk_.rows},
             [&](llvm::Value* index) { visit(index, walk_.rows); });
    if (left > 0) visit(number(builder_, extent - left), left);
  }

  void add_rows(const Scope& outside, const Scopes& rows) {
    for_columns(outside, [&](Scope& columns) {
      body_.compute(columns, roots_);
      Scopes points;
      for (const Scope& row : rows) points.push_back(both(row, columns));
      Carried sums = sums_.load(column(columns), columns.lanes);
      visits_.points(points);
      for (Scope& point : points) accumulators_.combine(sums, 0, point);
      sums_.store(column(columns), sums);
    });
  }

  /// In a row and in columns; what was computed in either of them is there.
  Scope both(const Scope& row, const Scope& columns) {
    Scope out = body_.inside(row, columns.indices[vector_loop()], columns.lanes, columns.mask);
    out.learn(columns);
    return out;
  }

  Body& body_;
  llvm::IRBuilderBase& builder_;
  const Walk& walk_;
  const std::vector<ir::ScalarId>& roots_;
  const ColumnVisits& visits_;
  Accumulators accumulators_;
  ColumnSums sums_;
  VectorRange range_ = {};
};

}  // namespace

void emit_columns(Body& body, const Walk& walk, const Scope& scope, llvm::Value* first,
                  llvm::Value* last, const std::vector<ir::ScalarId>& roots,
                  const ColumnVisits& visits) {
  llvm::IRBuilderBase& builder = body.builder();
  Columns columns(body, walk, roots, visits);
  for_loop(builder, {first, last, walk.columns}, [&](llvm::Value* start) {
    llvm::Value* end = add(builder, start, number(builder, walk.columns));
    columns.block(scope, start, builder.CreateSelect(builder.CreateICmpSLT(end, last), end, last));
  });
}

}  // namespace gradc::codegen
