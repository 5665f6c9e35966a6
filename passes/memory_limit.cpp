#include "passes/memory_limit.h"

#include <algorithm>
#include <limits>

#include "ir/messages.h"
#include "passes/plan.h"

namespace gradc::passes {

namespace {

/// What was asked for; then segments as long as there are segments; then other lengths, since what
/// is kept of a step may be much more, or less, than what is carried into a segment.
std::vector<Checkpoint> candidates(const Checkpoint& asked) {
  std::vector<Checkpoint> out = {asked, {Checkpoint::Mode::automatic}};
  for (std::int64_t steps = 256; steps > 1; steps /= 2)
    out.push_back({Checkpoint::Mode::every, steps});
  return out;
}

/// Of the largest arena; nothing if a pass reported an error.
std::optional<std::int64_t> arena_bytes(const ir::Program& program, const Options& options,
                                        ir::Diagnostics& diagnostics) {
  auto kernels = run(program, options, diagnostics);
  if (!kernels) return std::nullopt;
  std::int64_t out = 0;
  for (const GraphPlan& entry : plan(std::move(*kernels)).entries)
    out = std::max(out, entry.memory.arena_bytes);
  return out;
}

}  // namespace

std::optional<Options> fitting(const ir::Program& program, Options options, std::int64_t bytes,
                               ir::Diagnostics& diagnostics) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  Options trial = options;
  trial.print_after.clear();
  for (const Checkpoint& checkpoint : candidates(options.checkpoint)) {
    options.checkpoint = trial.checkpoint = checkpoint;
    const auto needed = arena_bytes(program, trial, diagnostics);
    if (!needed) return std::nullopt;
    if (*needed <= bytes) return options;
    least = std::min(least, *needed);
  }
  return diagnostics.report({}, ir::Message::too_little_memory, least, bytes);
}

}  // namespace gradc::passes
