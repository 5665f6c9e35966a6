#pragma once
/// What leaves a loop, and what the loop must keep for it.
#include <optional>
#include <vector>

#include "passes/loop.h"

namespace gradc::passes {

/// A carried value that only adds: s' = s + e - f, read by nothing else in the loop.
struct Sum {
  struct Term {
    ir::NodeId node;
    int sign;
  };
  std::vector<Term> leaving, staying;
};

/// About the nodes of a loop's body.
struct HoistPlan {
  ir::NodeMap<char> varies;      ///< with the step
  ir::NodeMap<char> is_early;    ///< can be computed before the loop: of nothing that it carries
  ir::NodeMap<char> is_late;     ///< is computed after the loop, for all steps at once
  ir::NodeMap<char> is_read;     ///< early, and worth being read by the steps
  ir::NodeMap<char> is_stacked;  ///< the loop returns it for all steps
  ir::NodeMap<char> is_told;     ///< its sum over the steps needs less than all of them
  std::vector<std::optional<Sum>> sums;  ///< by carried value
};

HoistPlan plan_hoist(const Loop& loop);

}  // namespace gradc::passes
