#pragma once
/// The block of a `seq`: its equations, and the sequences that have been computed.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/elaboration.h"
#include "frontend/recurrence.h"

namespace gradc::frontend {

struct SequenceBlock {
  Elaboration& e;
  Scope& scope;  ///< where the block stands
  const ast::Seq& seq;
  Location location;
  Dim axis;
  std::vector<StepEquation> equations;
  /// What the recurrences so far have computed, by key, each with the axis in front.
  std::map<std::string, Tensor> sequences = {};
  /// Temporaries that are no tensors: numbers, functions, instances.
  std::map<std::string, Value> statics = {};
  /// Where the axis stands in what is read from outside; there it stands in the results, too.
  std::optional<std::size_t> position = {};
  /// The keys that a recurrence defines and another one uses.
  std::set<std::string, std::less<>> shared = {};
  std::optional<std::int64_t> stretch = {};  ///< how many steps no gradient leaves: `truncate`

  std::int64_t steps() const { return axis.value(); }

  /// A value of the sequence beside its steps: `h[-1]`, `g[T]`, of a state what it is before the
  /// block. Reports one that is missing, where it is used.
  std::optional<Tensor> start(const StepUse& use, std::int64_t place) const;

  /// A sequence moved by the offset of the use; start values fill the gap.
  std::optional<ir::Value> moved(const Tensor& sequence, const StepUse& use) const;

  /// What the name stands for behind the block: the axis is where the sequences that were read have
  /// it, else before the last dim.
  Value as_value(const std::string& name) const;
};

}  // namespace gradc::frontend
