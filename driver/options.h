#pragma once
/// What the command line asks for.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/bench/bench.h"
#include "driver/compiler.h"
#include "driver/generate.h"
#include "driver/train/trainer.h"

namespace gradc::driver {

/// Exit codes.
enum class Exit {
  ok = 0,
  diagnostics = 1,  ///< the model or its data is wrong; standard error says how
  usage = 2,        ///< the command line is wrong
  diverged = 3,     ///< training met a loss that is not finite
  internal = 70,
  interrupted = 130,
};

struct CommandLine {
  std::string model;  ///< the file; "-" is standard input
  CompileOptions compile;
  TrainOptions train;
  GenerateOptions generate;
  BenchOptions bench;

  std::vector<std::string> emit;  ///< kinds of output of `build` and `opt`
  std::string output;             ///< `-o`; "-" is standard output of `build`
  bool verbose = false;           ///< say what took how long
  bool time_passes = false;
  bool remarks = false;  ///< say what the compiler chose, and why

  std::string target, cpu, features;   ///< of `build`; empty: this machine
  std::vector<std::string> entries;    ///< of `run`
  std::vector<std::string> inputs;     ///< of `run`: x=VALUE
  std::optional<std::int64_t> repeat;  ///< of `run`: how often
  std::string show;                    ///< what `show` lists
  std::vector<std::string> files;      ///< of `fmt`
  bool check_only = false;             ///< of `fmt`: change nothing
  std::string code;                    ///< of `explain`: E0203; empty: list all
  std::string json;                    ///< of `bench`: a file; "-" is standard output
  double tolerance = 1e-6;             ///< of `gradcheck`
  std::int64_t coordinates = 40;       ///< of `gradcheck`
};

using Command = Exit (*)(const CommandLine&);

// One file each, in driver/commands.
Exit check_command(const CommandLine& command_line);
Exit build_command(const CommandLine& command_line);
Exit run_command(const CommandLine& command_line);
Exit train_command(const CommandLine& command_line);
Exit generate_command(const CommandLine& command_line);
Exit bench_command(const CommandLine& command_line);
Exit gradcheck_command(const CommandLine& command_line);
Exit show_command(const CommandLine& command_line);
Exit opt_command(const CommandLine& command_line);
Exit fmt_command(const CommandLine& command_line);
Exit explain_command(const CommandLine& command_line);

/// What to do, or the exit code when there is nothing to do: `--help`, or a mistake that was
/// printed.
struct Parsed {
  Command command = nullptr;
  CommandLine command_line;
  Exit exit = Exit::ok;
};
Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace gradc::driver
