#pragma once
/// What a step of a recurrence reads, and the stand-ins on which it is elaborated.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/sequence_block.h"

namespace gradc::frontend {

/// A value of this type that is computed from nothing: it stands for an operand of the scan.
Tensor stand_in(Elaboration&, ir::DType dtype, const DimList& dims);

class StepInputs {
 public:
  struct Carried {
    std::string key;
    std::int64_t distance;  ///< how many steps back, in the direction of the recurrence
    Tensor stand_in;
    Tensor start;
    Tensor seen;  ///< what the equations read: no gradient where it is truncated
  };
  struct Scanned {
    ir::Value stand_in, sequence;
  };

  StepInputs(SequenceBlock& block, Direction direction);

  const std::vector<Carried>& carried() const { return carried_; }
  const std::vector<Scanned>& scanned() const { return scanned_; }
  /// The number of the step.
  ir::Value number() const { return number_; }

  /// The element of this step of a sequence, which has its axis in front.
  Tensor scan(ir::Value sequence, const DimList& dims);

  /// The same, never shared with another sequence of these values.
  ir::Value scan_anew(ir::Value sequence);

  /// The steps between this one and the one that the use looks at; false without start values.
  bool carry(const StepUse&);
  /// A storage slot that the step updates: its node is its own stand-in.
  void carry_slot(const std::string& key, const Tensor& slot);
  const Carried* find(std::string_view key, std::int64_t distance) const;

  /// No gradient flows through the value from the step `ahead` into this one where, with
  /// `truncate`, a new stretch begins.
  Tensor truncated(const Tensor& value, std::int64_t ahead) const;

  /// `x[t]`, `x[t-1]` of a sequence from outside; Poison after an error.
  Value element(const Scope&, const ast::Expr&, const ast::Index&, std::int64_t offset);

  /// Forgets sequences that the results do not depend on.
  void drop_unused(std::span<const ir::Value> results);

 private:
  bool is_of_this_step(ir::Value value) const;
  std::optional<Tensor> in_front(const Tensor& x, Location);

  SequenceBlock& block_;
  std::int64_t sign_;  ///< of the offsets that look at steps that are done
  std::size_t mark_;   ///< nodes from here on may depend on the step
  ir::Value number_;
  std::vector<Scanned> scanned_;
  std::vector<Carried> carried_;
  std::map<ir::NodeId, ir::Value> outside_;  ///< sequences with their axis in front
};

}  // namespace gradc::frontend
