#pragma once
/// The accumulators of the reductions of one pass.
#include <vector>

#include "codegen/body.h"
#include "codegen/flow.h"

namespace gradc::codegen {

/// A set of accumulators is a run of carried values: one per reduction, two for argmax.
class Accumulators {
 public:
  /// The reductions that pass number `pass` computes.
  Accumulators(Body& body, int pass);

  const std::vector<ir::ScalarId>& arguments() const { return arguments_; }  ///< what is reduced
  std::size_t width() const;              ///< carried values per set
  std::vector<ir::DType> dtypes() const;  ///< of a set's values

  /// A set that nothing has been added to, for `lanes` partial results each; `scope` says which
  /// reductions have lanes of their own (its lanes are elements of the result).
  void append_neutral(Carried& out, const Scope& scope) const;
  void append_neutral(Carried& out, unsigned lanes) const;

  /// Add the scope's point, or its points lane by lane, to the set that starts at `first`.
  void combine(Carried& sets, std::size_t first, Scope& scope) const;
  /// Add one set to another.
  void merge(Carried& sets, std::size_t into, std::size_t from) const;
  /// Add up the lanes of a set; then it has one lane.
  void merge_lanes(Carried& sets, std::size_t first, unsigned lanes) const;

  /// The reductions' results.
  void finish(const Carried& sets, std::size_t first, Scope& scope) const;

 private:
  ir::DType dtype(std::size_t i) const;
  bool is_argmax(std::size_t i) const;
  void append_neutral(Carried& out, std::size_t i, unsigned lanes) const;
  void combine(Carried& sets, std::size_t at, std::size_t i, llvm::Value* value,
               llvm::Value* point) const;
  llvm::Value* point_number(const Scope& scope) const;

  Body& body_;
  std::vector<ir::ScalarId> reductions_, arguments_;
};

}  // namespace gradc::codegen
