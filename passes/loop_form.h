#pragma once
/// What the user may say about loops over the steps of a sequence. It changes how fast a model runs
/// and how much memory that takes; what it computes stays the same but for the order of sums.
#include <cstdint>

namespace gradc::passes {

/// Which of the steps of a scan are written out.
struct Unroll {
  enum class Mode {
    automatic,  ///< what the passes think best
    none,       ///< scans stay
    full,       ///< as many copies of the body as there are steps
    by_factor,  ///< so many steps become one
  };
  Mode mode = Mode::automatic;
  std::int64_t factor = 1;  ///< of `by_factor`
};

/// Which steps of a scan keep in memory what its gradient needs; the gradient computes the other
/// steps anew, from the kept ones on.
struct Checkpoint {
  enum class Mode {
    none,       ///< all of them
    automatic,  ///< as seldom as leaves as many steps in between as are kept
    every,      ///< one in so many
  };
  Mode mode = Mode::none;
  std::int64_t steps = 1;  ///< of `every`
};

}  // namespace gradc::passes
