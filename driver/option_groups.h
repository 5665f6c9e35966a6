#pragma once
/// Options that several commands have, each read into the command line.
#include "driver/options.h"

namespace CLI {
class App;
}

namespace gradc::driver {

void add_model(CLI::App& app, CommandLine& line);          ///< the file
void add_dims(CLI::App& app, CommandLine& line);           ///< `-D B=16`
void add_float(CLI::App& app, CommandLine& line);          ///< what f32 means
void add_model_options(CLI::App& app, CommandLine& line);  ///< all three

/// How programs are optimized.
void add_pass_options(CLI::App& app, CommandLine& line);
/// Of commands that show a program, and do not run it.
void add_stop_after(CLI::App& app, CommandLine& line);

// Of commands that run one.
void add_threads(CLI::App& app, CommandLine& line);
void add_perf_map(CLI::App& app, CommandLine& line);
void add_data_dir(CLI::App& app, CommandLine& line);

void add_verbose(CLI::App& app, CommandLine& line);

}  // namespace gradc::driver
