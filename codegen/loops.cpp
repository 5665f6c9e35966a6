#include "codegen/loops.h"

#include <llvm/IR/IRBuilder.h>

#include "codegen/columns.h"
#include "codegen/flow.h"
#include "codegen/reduce.h"
#include "codegen/vectors.h"

namespace gradc::codegen {

namespace {

using Scopes = std::vector<Scope>;

class Loops {
 public:
  Loops(Body& body, const Walk& walk)
      : body_(body), builder_(body.builder()), nest_(body.nest()), walk_(walk) {
    for (ir::ScalarId id = 0; id < nest_.body.size(); ++id)
      if (is_reduction(nest_.body[id].op)) roots_.push_back(nest_.body[id].arguments[0]);
    for (const NestOutput& output : nest_.outputs) {
      const std::vector<ir::ScalarId> needed = needed_for(output);
      results_.insert(results_.end(), needed.begin(), needed.end());
      if (!nest_.varies(output)) {
        invariant_.push_back(&output);
      } else if (nest_.staging.stage[output.value] < nest_.staging.passes) {
        passing_.push_back(&output);
        passing_results_.insert(passing_results_.end(), needed.begin(), needed.end());
      } else {
        varying_.push_back(&output);
      }
    }
    roots_.insert(roots_.end(), results_.begin(), results_.end());
  }

  void pieces(llvm::Value* begin, llvm::Value* end) {
    Scope outside = body_.scope();
    body_.compute(outside, roots_);
    if (walk_.columns > 0 && walk_.head.empty() && walk_.parallel.empty()) {
      neighbours(outside, begin, end);
      return;
    }
    for_loop(builder_, {begin, end}, [&](llvm::Value* piece) { this->piece(outside, piece); });
  }

 private:
  /// What an output needs: its value, and where it goes.
  static std::vector<ir::ScalarId> needed_for(const NestOutput& output) {
    std::vector<ir::ScalarId> out{output.value};
    for (const Check& check : output.address.checks)
      if (check.coordinate.indirect != ir::no_scalar) out.push_back(check.coordinate.indirect);
    return out;
  }

  bool vectors_are_elements() const {
    return walk_.vector_loop && nest_.is_parallel(*walk_.vector_loop);
  }

  /// Pieces side by side are wider rows: a thread reads all of its columns at once.
  void neighbours(const Scope& outside, llvm::Value* begin, llvm::Value* end) {
    const std::int64_t extent = nest_.extents[*walk_.vector_loop];
    const std::int64_t block = walk_.block > 0 ? walk_.block : extent;
    first_ = multiply(builder_, begin, block);
    last_ = multiply(builder_, end, block);
    llvm::Value* all = number(builder_, extent);
    last_ = builder_.CreateSelect(builder_.CreateICmpSLT(last_, all), last_, all);
    columns(outside);
  }

  void piece(const Scope& outside, llvm::Value* piece) {
    std::vector<std::int64_t> extents;
    for (const std::size_t loop : walk_.head) extents.push_back(nest_.extents[loop]);
    const std::int64_t extent = vectors_are_elements() ? nest_.extents[*walk_.vector_loop] : 1;
    if (walk_.block > 0) extents.push_back((extent + walk_.block - 1) / walk_.block);
    const std::vector<llvm::Value*> indices = decompose(builder_, piece, extents);

    Scope scope = outside;
    for (std::size_t i = 0; i < walk_.head.size(); ++i) scope.indices[walk_.head[i]] = indices[i];
    first_ = number(builder_, 0);
    last_ = number(builder_, extent);
    if (walk_.block > 0) {
      first_ = multiply(builder_, indices.back(), walk_.block);
      llvm::Value* end = add(builder_, first_, number(builder_, walk_.block));
      last_ = builder_.CreateSelect(builder_.CreateICmpSLT(end, last_), end, last_);
    }
    parallel_loops(std::move(scope), 0);
  }

  void parallel_loops(Scope scope, std::size_t position) {
    body_.compute(scope, roots_);
    if (position < walk_.parallel.size()) {
      const std::size_t loop = walk_.parallel[position];
      for_loop(builder_, whole(loop), [&](llvm::Value* index) {
        parallel_loops(body_.inside(scope, loop, index), position + 1);
      });
      return;
    }
    if (!vectors_are_elements()) {
      Scopes scopes{std::move(scope)};
      points(scopes);
      return;
    }
    if (walk_.columns > 0) {
      columns(scope);
      return;
    }
    VectorRange range{first_, last_, walk_.lanes, walk_.unroll};
    range.whole = nest_.extents[*walk_.vector_loop] % walk_.lanes == 0;
    range.written_out = walk_.written_out;
    for_vectors(body_, scope, range, {}, [&](Scopes scopes, const Carried&) {
      points(scopes);
      return Carried();
    });
  }

  void columns(const Scope& scope) {
    const auto points = [&](Scopes& scopes) {
      for (Scope& scope : scopes) body_.compute(scope, roots_);
      store_passing(scopes);
    };
    const auto results = [&](Scope& scope) {
      body_.compute(scope, results_);
      for (const NestOutput* output : invariant_) body_.store(scope, *output);
    };
    emit_columns(body_, walk_, scope, first_, last_, roots_, {points, results});
  }

  Range whole(std::size_t loop) {
    return {number(builder_, 0), number(builder_, nest_.extents[loop]), 1, walk_.written_out};
  }

  /// All loops of the results are entered: compute them, side by side in each scope.
  void points(Scopes& scopes) {
    if (walk_.is_window) {
      for (Scope& scope : scopes) window(scope);
      return;
    }
    for (int pass = 0; pass < nest_.staging.passes; ++pass) {
      is_last_pass_ = pass + 1 == nest_.staging.passes;
      reduce(scopes, pass);
    }
    for (Scope& scope : scopes) body_.compute(scope, results_);
    // An output may lie where an operand lay: all that is read at a point is read before.
    if (!varying_.empty()) write_varying(scopes, 0);
    for (Scope& scope : scopes)
      for (const NestOutput* output : invariant_) body_.store(scope, *output);
  }

  // ---- Windows: few points of the reduction loops, side by side ----

  void window(Scope& scope) {
    Scopes points;
    enter_window(scope, 0, points);
    for (int pass = 0; pass < nest_.staging.passes; ++pass) {
      const Accumulators accumulators(body_, pass);
      body_.compute(scope, roots_);
      for (Scope& point : points) {
        point.learn(scope);
        body_.compute(point, accumulators.arguments());
      }
      Carried sums;
      accumulators.append_neutral(sums, scope);
      for (Scope& point : points) accumulators.combine(sums, 0, point);
      accumulators.finish(sums, 0, scope);
    }
    body_.compute(scope, results_);
    for (Scope& point : points) {
      point.learn(scope);
      body_.compute(point, results_);
    }
    for (Scope& point : points) {
      for (const NestOutput* output : passing_) body_.store(point, *output);
      for (const NestOutput* output : varying_) body_.store(point, *output);
    }
    for (const NestOutput* output : invariant_) body_.store(scope, *output);
  }

  void enter_window(const Scope& scope, std::size_t position, Scopes& points) {
    if (position == walk_.reduction.size()) {
      points.push_back(scope);
      return;
    }
    const std::size_t loop = walk_.reduction[position];
    for (std::int64_t i = 0; i < nest_.extents[loop]; ++i)
      enter_window(body_.inside(scope, loop, number(builder_, i)), position + 1, points);
  }

  // ---- Reductions ----

  void reduce(Scopes& scopes, int pass) {
    const Accumulators accumulators(body_, pass);
    for (Scope& scope : scopes) body_.compute(scope, accumulators.arguments());
    const bool lanes_are_partial = walk_.vector_loop && !vectors_are_elements();
    Carried sets;
    if (lanes_are_partial) {
      for (unsigned i = 0; i < walk_.unroll; ++i) accumulators.append_neutral(sets, walk_.lanes);
      if (has_single_points()) accumulators.append_neutral(sets, 1);
    } else {
      for (const Scope& scope : scopes) accumulators.append_neutral(sets, scope);
    }

    sets = reduction_loops(accumulators, scopes, 0, std::move(sets));
    if (lanes_are_partial) merge_partial(accumulators, sets);
    for (std::size_t i = 0; i < scopes.size(); ++i)
      accumulators.finish(sets, i * accumulators.width(), scopes[i]);
  }

  Carried reduction_loops(const Accumulators& accumulators, const Scopes& scopes,
                          std::size_t position, Carried sets) {
    if (position == walk_.reduction.size()) {
      Scopes inside = scopes;
      return visit_points(accumulators, inside, std::move(sets));
    }
    const std::size_t loop = walk_.reduction[position];
    if (loop == walk_.vector_loop) {
      const auto visit = [&](Scopes inside, Carried values) {
        return visit_points(accumulators, inside, std::move(values));
      };
      return for_vectors(body_, scopes[0], vector_range(loop), std::move(sets), visit);
    }
    return for_loop(builder_, whole(loop), std::move(sets),
                    [&](llvm::Value* index, Carried values) {
                      Scopes inside;
                      for (const Scope& scope : scopes) {
                        inside.push_back(body_.inside(scope, loop, index));
                        body_.compute(inside.back(), accumulators.arguments());
                      }
                      return reduction_loops(accumulators, inside, position + 1, std::move(values));
                    });
  }

  /// Read, add up, write.
  Carried visit_points(const Accumulators& accumulators, Scopes& scopes, Carried sets) {
    for (Scope& scope : scopes) body_.compute(scope, accumulators.arguments());
    if (is_last_pass_)
      for (Scope& scope : scopes) body_.compute(scope, passing_results_);
    sets = combine(accumulators, scopes, std::move(sets));
    if (is_last_pass_) store_passing(scopes);
    return sets;
  }

  void store_passing(Scopes& scopes) {
    for (Scope& scope : scopes)
      for (const NestOutput* output : passing_) body_.store(scope, *output);
  }

  /// Scope number i adds to set number i; single points left over by vectors have the last set.
  Carried combine(const Accumulators& accumulators, Scopes& scopes, Carried sets) {
    const std::size_t width = accumulators.width();
    if (walk_.vector_loop && !vectors_are_elements() && scopes[0].lanes == 1) {
      accumulators.combine(sets, walk_.unroll * width, scopes[0]);
      return sets;
    }
    for (std::size_t i = 0; i < scopes.size(); ++i)
      accumulators.combine(sets, i * width, scopes[i]);
    return sets;
  }

  VectorRange vector_range(std::size_t loop) {
    VectorRange out{number(builder_, 0), number(builder_, nest_.extents[loop]), walk_.lanes,
                    walk_.unroll};
    out.whole = nest_.extents[loop] % walk_.lanes == 0;
    out.written_out = walk_.written_out;
    return out;
  }

  /// The fixed tree: vectors pairwise, then lanes by halves, then the single points.
  void merge_partial(const Accumulators& accumulators, Carried& sets) {
    const std::size_t width = accumulators.width();
    for (unsigned distance = 1; distance < walk_.unroll; distance *= 2)
      for (unsigned i = 0; i + distance < walk_.unroll; i += 2 * distance)
        accumulators.merge(sets, i * width, (i + distance) * width);
    accumulators.merge_lanes(sets, 0, walk_.lanes);
    if (has_single_points()) accumulators.merge(sets, 0, walk_.unroll * width);
  }

  /// Are there points of the vector loop that fill no vector, and cannot be masked?
  bool has_single_points() const {
    return !body_.target().masked_access && nest_.extents[*walk_.vector_loop] % walk_.lanes != 0;
  }

  // ---- Results with a value per point of the reduction loops ----

  void write_varying(const Scopes& scopes, std::size_t position) {
    if (position == walk_.reduction.size()) {
      Scopes inside = scopes;
      store_varying(inside);
      return;
    }
    const std::size_t loop = walk_.reduction[position];
    if (loop == walk_.vector_loop) {
      VectorRange range = vector_range(loop);
      range.unroll = 1;
      for_vectors(body_, scopes[0], range, {}, [&](Scopes inside, const Carried&) {
        store_varying(inside);
        return Carried();
      });
      return;
    }
    for_loop(builder_, whole(loop), [&](llvm::Value* index) {
      Scopes inside;
      for (const Scope& scope : scopes) {
        inside.push_back(body_.inside(scope, loop, index));
        body_.compute(inside.back(), results_);
      }
      write_varying(inside, position + 1);
    });
  }

  void store_varying(Scopes& scopes) {
    for (Scope& scope : scopes) body_.compute(scope, results_);
    for (Scope& scope : scopes)
      for (const NestOutput* output : varying_) body_.store(scope, *output);
  }

  Body& body_;
  llvm::IRBuilderBase& builder_;
  const Nest& nest_;
  const Walk& walk_;
  std::vector<ir::ScalarId> results_;          // what the outputs need
  std::vector<ir::ScalarId> roots_;            // that, and the arguments of the reductions
  std::vector<ir::ScalarId> passing_results_;  // what `passing_` needs
  /// With a value per point, written while the last sums are still added up; the same, written
  /// afterwards; with one value for all points.
  std::vector<const NestOutput*> passing_, varying_, invariant_;
  bool is_last_pass_ = false;
  llvm::Value* first_ = nullptr;  // the piece's part of the vector loop, if lanes are elements
  llvm::Value* last_ = nullptr;
};

}  // namespace

void emit_loops(Body& body, const Walk& walk, llvm::Value* begin, llvm::Value* end) {
  Loops(body, walk).pieces(begin, end);
}

}  // namespace gradc::codegen
