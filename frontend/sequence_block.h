#pragma once
/// The block of a `seq`: its equations, and the sequences that have been computed.
#include <cstdint>
#include <map>
#include <optional>
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
  std::map<std::string, Tensor> sequences = {};  ///< each with the axis in front
  /// Where the axis stands in what is read from outside; there it stands in the results, too.
  std::optional<std::size_t> position = {};

  std::int64_t steps() const { return axis.value(); }

  /// Do equations of other recurrences use the name?
  bool is_used_outside(const std::string& name, const Recurrence& recurrence) const;

  /// `h[-1]`, `g[T]`; reports one that is missing, where it is used with that offset.
  std::optional<Tensor> start(const std::string& name, std::int64_t place, std::int64_t offset,
                              Location use) const;

  /// A sequence that has been computed, moved by `offset` steps; start values fill the gap.
  std::optional<ir::Value> moved(const std::string& name, std::int64_t offset, Location use) const;

  /// What the name stands for behind the block: the axis is where the sequences that were read have
  /// it, else before the last dim.
  Value as_value(const std::string& name) const;
};

}  // namespace gradc::frontend
