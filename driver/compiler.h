#pragma once
/// From a model file to code that runs: the story of the compiler, one function per chapter.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "frontend/elaborate.h"
#include "passes/pipeline.h"
#include "passes/plan.h"

namespace gradc::driver {

struct CompileOptions {
  frontend::Options model;
  passes::Options passes;
  /// Bytes that an entry may have to work in, besides parameters and the like. To keep it,
  /// gradients compute steps of loops anew.
  std::optional<std::int64_t> max_memory;
  codegen::Options codegen;
  bool perf_map = false;  ///< name compiled functions for Linux perf
};

/// Where the time of a compilation went, in seconds.
struct CompileTimes {
  double elaborate = 0;                   ///< reading, parsing, elaborating
  double passes = 0;                      ///< the pipeline, the schedule and the memory plan
  double codegen = 0;                     ///< LLVM
  std::vector<passes::PassTime> by_pass;  ///< the passes, then what follows them

  double total() const { return elaborate + passes + codegen; }
};

/// The text of a file of the language. "-" is standard input.
std::optional<std::string> read_source(const std::string& path, ir::Location location,
                                       ir::Diagnostics& diagnostics);

/// The model in a file, and what it imports, checked.
std::optional<frontend::Model> read_model(const std::string& path, const frontend::Options& options,
                                          ir::Sources& sources, ir::Diagnostics& diagnostics,
                                          CompileTimes* times = nullptr);
/// The same for a text that has been read.
std::optional<frontend::Model> model_of(const ir::Source& source, frontend::Options options,
                                        ir::Sources& sources, ir::Diagnostics& diagnostics);

/// A program of kernels, ordered and with every value in its place.
std::optional<passes::Plan> plan_program(ir::Program program, const CompileOptions& options,
                                         ir::Diagnostics& diagnostics,
                                         CompileTimes* times = nullptr);

/// A value that an entry takes from its caller or gives back.
struct Port {
  std::string name;
  ir::Type type;
};

/// A program compiled into this process. It has no state: see Instance.
class Executable {
 public:
  static std::optional<Executable> compile(ir::Program program, const CompileOptions& options,
                                           ir::Diagnostics& diagnostics,
                                           CompileTimes* times = nullptr);

  struct Entry {
    std::string name;
    std::vector<Port> inputs;
    std::vector<Port> outputs;
    gradc_entry code = nullptr;
    std::int64_t arena_bytes = 0;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find_entry(std::string_view name) const;
  const passes::Plan& plan() const { return plan_; }
  /// The functions of entries and kernels.
  std::vector<codegen::NativeFunction> functions() const { return jit_.functions(); }
  /// What entries note, with codegen::Options::profile. Nodes are the plan's.
  codegen::Profile& profile() { return jit_.profile(); }

 private:
  Executable(passes::Plan plan, codegen::Jit jit);

  passes::Plan plan_;
  codegen::Jit jit_;
  std::vector<Entry> entries_;
};

/// What an entry's graph takes from its caller, and what it gives back.
std::vector<Port> input_ports(const ir::Graph& graph);
std::vector<Port> output_ports(const ir::Graph& graph);

}  // namespace gradc::driver
