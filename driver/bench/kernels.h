#pragma once
/// Where the time of an entry goes: kernels, and the model's lines that they come from.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "driver/bench/inputs.h"
#include "driver/bench/machine_limits.h"
#include "driver/bench/work.h"

namespace gradc::driver {

/// The lines of one file of the model, ascending.
struct ModelLines {
  std::string file;
  std::vector<std::uint32_t> lines;
  bool operator==(const ModelLines&) const = default;
};
/// Where the nodes of a group were written, by file.
std::vector<ModelLines> lines_of(const ir::Graph& group);

/// The names of the ops of a group that compute something, each once: contract, add, tanh.
std::vector<std::string_view> ops_of(const ir::Graph& group);

/// All calls of a task on behalf of the same lines, per call of the entry.
struct KernelReport {
  std::string task;  ///< "kernel3", "kernel3.pack", "copy"
  std::vector<ModelLines> lines;
  std::vector<std::string_view> ops;
  double calls = 0;
  double seconds = 0;
  Work work;         ///< nothing for copies and for what only prepares a kernel
  double floor = 0;  ///< seconds, for that
};

/// A task that ran, in seconds since the entry began.
struct TraceEvent {
  std::size_t kernel;  ///< number in ProfileReport::kernels
  double begin, end;
};

struct ProfileReport {
  double seconds = 0;                 ///< per call of the entry, while it was watched
  std::vector<KernelReport> kernels;  ///< slowest first
  std::vector<TraceEvent> trace;      ///< of one call
  std::int64_t events_lost = 0;       ///< at its end, for there were too many
};

/// Watch an entry of a program that was compiled with codegen::Options::profile, for so many
/// seconds. `machine` are the limits of its arithmetic, `limits` knows those of memory.
ProfileReport profile(Executable& executable, const Executable::Entry& entry,
                      const MadeUpCall& call, const Instance& instance, double seconds,
                      const Rates& machine, MachineLimits& limits);

}  // namespace gradc::driver
