#include "codegen/sharing.h"

namespace gradc::codegen {

namespace {

constexpr double least_share = 0.5;     // of an entry's cycles, in tasks that threads can share
constexpr double bytes_per_cycle = 16;  // of a copy

/// Estimated cycles.
struct Work {
  double all = 0;
  double shared = 0;  ///< in tasks that threads can share
};

class Estimate {
 public:
  explicit Estimate(const TasksOf& tasks) : tasks_(tasks) {}

  Work of(const std::vector<Action>& actions) const {
    Work out;
    for (const Action& action : actions) {
      const Work work =
          std::visit([this](const auto& what) { return this->of(what); }, action.what);
      out.all += work.all;
      out.shared += work.shared;
    }
    return out;
  }

 private:
  Work of(const KernelCall& call) const {
    Work out;
    for (const Task& task : tasks_(call.kernel)) {
      if (!belongs_to(task, call.part)) continue;
      out.all += task.cycles;
      if (task.grain > 0) out.shared += task.cycles;
    }
    return out;
  }

  static Work of(const BufferCopy& copy) {
    return {.all = static_cast<double>(copy.bytes) / bytes_per_cycle};
  }

  Work of(const Loop& loop) const {
    const Work step = of(loop.body);
    const auto steps = static_cast<double>(loop.steps);
    return {steps * step.all, steps * step.shared};
  }

  const TasksOf& tasks_;
};

}  // namespace

bool gains_by_sharing(const EntryCalls& entry, const TasksOf& tasks) {
  const Work work = Estimate(tasks).of(entry.actions);
  return work.shared >= least_share * work.all;
}

}  // namespace gradc::codegen
