#pragma once
/// The entries of a model, timed, and compared with what the machine can do: what `gradc bench`
/// does.
#include <cstdint>
#include <string>
#include <vector>

#include "driver/bench/kernels.h"
#include "driver/bench/timing.h"
#include "driver/bench/work.h"
#include "driver/compiler.h"

namespace gradc::driver {

struct BenchOptions {
  std::vector<std::string> entries;  ///< none: the steps and the exports
  double seconds = 2;                ///< to measure each of them for
  bool per_kernel = false;           ///< also say where the time goes
  std::string trace;                 ///< file for a picture of one call, or none

  bool wants_profile() const { return per_kernel || !trace.empty(); }
};

struct EntryReport {
  std::string name;
  Times times;
  Work work;
  Rates machine;  ///< as measured before and after, and for as many bytes
  std::optional<ProfileReport> profile = {};

  double floor() const { return floor_of(work, machine); }    ///< seconds
  double of_floor() const { return floor() / times.median; }  ///< 1 cannot be surpassed
  double flops_per_second() const { return static_cast<double>(work.flops()) / times.median; }
};

struct BenchReport {
  std::string model;
  int threads = 1;
  CompileTimes compile;
  double peak_memory = 0;  ///< bytes of this process, compiler included
  std::vector<EntryReport> entries;
};

/// Entries are called with made-up inputs, parameters as the model initialises them.
std::optional<BenchReport> bench(const std::string& path, const CompileOptions& compile,
                                 const BenchOptions& options, int threads, std::uint64_t seed,
                                 ir::Sources& sources, ir::Diagnostics& diagnostics);

}  // namespace gradc::driver
