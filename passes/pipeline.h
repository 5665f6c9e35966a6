#pragma once
/// Which passes run, in which order, and the loop that runs them.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"
#include "passes/pass.h"

namespace gradc::passes {

/// The passes in the order in which they run.
std::span<const Pass> pipeline();
const Pass* find_pass(std::string_view name);

/// One pass must come before another. The table of passes is never reordered by machine; a test
/// compares the two.
struct Constraint {
  std::string_view first, then, reason;
};
std::span<const Constraint> constraints();

struct Options {
  /// Only these, in this order; the whole pipeline if not given.
  std::optional<std::vector<std::string>> passes;
  /// False leaves out what only makes code faster, and fuses nothing.
  bool optimize = true;
  /// Which steps of scans are written out. The gradient of a scan that stays is a scan.
  Unroll unroll = {};
  /// Which steps of scans that stay are computed anew for their gradients.
  Checkpoint checkpoint = {};
  /// After this pass the rest is left out.
  std::string stop_after;
  /// After these passes the graphs are handed to `print` as text.
  std::vector<std::string> print_after;
  std::function<void(std::string_view)> print = {};
  /// Check every graph after every pass (and before the first).
  bool verify_each = false;
  /// Hand each pass its graph in a random topological order, drawn from this seed: no pass may lean
  /// on more than that operands precede their users.
  std::optional<std::uint64_t> shuffle_seed;
};

/// How long a pass took, over all entries.
struct PassTime {
  std::string_view pass;
  double seconds = 0;
};

/// The program after the passes; nothing if one of them reported an error. `times` gets one entry
/// per pass.
std::optional<ir::Program> run(ir::Program program, const Options& options,
                               ir::Diagnostics& diagnostics,
                               std::vector<PassTime>* times = nullptr);

}  // namespace gradc::passes
