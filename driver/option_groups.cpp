#include "driver/option_groups.h"

#include <CLI/CLI.hpp>
#include <map>

#include "driver/loop_options.h"

namespace gradc::driver {

void add_model(CLI::App& app, CommandLine& line) {
  app.add_option("model", line.model, "model file; - reads standard input")->required();
}

void add_dims(CLI::App& app, CommandLine& line) {
  const auto define = [&line](const std::vector<std::string>& definitions) {
    for (const std::string& definition : definitions) {
      const auto equals = definition.find('=');
      const std::string number = equals == std::string::npos ? "" : definition.substr(equals + 1);
      std::int64_t value = 0;
      if (equals == 0 || !CLI::detail::lexical_cast(number, value))
        throw CLI::ValidationError("-D", "write it like B=16, not " + definition);
      line.compile.model.dims[definition.substr(0, equals)] = value;
    }
    return true;
  };
  app.add_option_function<std::vector<std::string>>("-D,--define", define, "value of a dim: B=16")
      ->type_name("DIM=N")
      ->allow_extra_args(false);
}

void add_float(CLI::App& app, CommandLine& line) {
  static const std::map<std::string, ir::DType> types = {{"f32", ir::DType::f32},
                                                         {"f64", ir::DType::f64}};
  app.add_option("--float", line.compile.model.float_type,
                 "what f32 in the model means: f32 or f64")
      ->transform(CLI::CheckedTransformer(types).description(""))
      ->type_name("TYPE");
}

void add_model_options(CLI::App& app, CommandLine& line) {
  add_model(app, line);
  add_dims(app, line);
  add_float(app, line);
}

void add_pass_options(CLI::App& app, CommandLine& line) {
  passes::Options& passes = line.compile.passes;
  app.add_option("--print-after", passes.print_after, "print the graphs after these passes")
      ->delimiter(',')
      ->type_name("PASS,..");
  add_loop_options(app, passes);
  app.add_option("--max-memory", line.compile.max_memory,
                 "bytes that a step may have to work in: 256K, 1G; loops keep less for their "
                 "gradients if they must")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("BYTES");
  app.add_flag("--verify-each", passes.verify_each, "check the graphs after each pass");
  app.add_flag("--remarks", line.remarks, "say what was chosen for the loops, and why");
  app.add_flag("--time-passes", line.time_passes, "print the time of each pass");
  app.add_option("--shuffle", passes.shuffle_seed,
                 "hand each pass its graph in a random order drawn from this seed")
      ->type_name("SEED");
  const auto set_level = [&line](int level) {
    line.compile.passes.optimize = level > 0;
    line.compile.codegen.level = level > 0 ? codegen::OptLevel::normal : codegen::OptLevel::none;
  };
  app.add_option_function<int>("-O", set_level, "0: no optimization (default 1)")
      ->check(CLI::Range(0, 3).description(""))
      ->type_name("LEVEL");
  app.add_flag("--keep-denormals", line.compile.codegen.keep_denormals,
               "compute with denormal numbers instead of flushing them to zero");
}

void add_stop_after(CLI::App& app, CommandLine& line) {
  app.add_option("--stop-after", line.compile.passes.stop_after,
                 "leave out the passes behind this one")
      ->type_name("PASS");
}

void add_threads(CLI::App& app, CommandLine& line) {
  app.add_option("--threads", line.train.threads, "threads; results do not depend on their number")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
}

void add_perf_map(CLI::App& app, CommandLine& line) {
  app.add_flag("--perf-map", line.compile.perf_map,
               "name the compiled functions for Linux perf, in /tmp/perf-PID.map");
}

void add_data_dir(CLI::App& app, CommandLine& line) {
  app.add_option("--data-dir", line.train.data.folder, "folder of the model's data files")
      ->type_name("DIR");
}

void add_verbose(CLI::App& app, CommandLine& line) {
  app.add_flag("-v,--verbose", line.verbose, "say what took how long");
}

}  // namespace gradc::driver
