#include "driver/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "driver/flow/report.h"
#include "driver/option_groups.h"

namespace gradc::driver {

namespace {

void add_check(CLI::App& app, CommandLine& line) {
  add_model_options(app, line);
  app.add_option("--emit", line.emit, "also print: graph")->delimiter(',')->type_name("KIND");
}

void add_build(CLI::App& app, CommandLine& line) {
  add_model_options(app, line);
  app.add_option("-o", line.output, "output; the suffix of the kind is added, - is standard output")
      ->type_name("NAME");
  app.add_option("--emit", line.emit,
                 "graph dot kernels plan llvm asm obj header none (default obj,header)")
      ->delimiter(',')
      ->type_name("KIND,..");
  app.add_option("--target", line.target, "target triple (default this machine)")
      ->type_name("TRIPLE");
  app.add_option("--mcpu", line.cpu, "processor")->type_name("CPU");
  app.add_option("--mattr", line.features, "its features: +avx2,-avx512f")->type_name("LIST");
  app.add_option("--prefix", line.compile.codegen.prefix, "what the symbols start with")
      ->type_name("NAME");
  add_pass_options(app, line);
  add_stop_after(app, line);
  add_verbose(app, line);
}

void add_run(CLI::App& app, CommandLine& line) {
  add_model_options(app, line);
  app.add_option("--entry", line.entries,
                 "entries to run, in this order (default the first export)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,..");
  app.add_option("--repeat", line.repeat,
                 "run them N times in a row; the values of an input and of an output for every "
                 "time lie along one more axis in front")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N");
  app.add_option("--input,-i", line.inputs,
                 "value of an input: x=FILE or x=\"2x3xf32=1 2 3 4 5 6\"")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--weights", line.train.load_weights, "parameters, as safetensors")
      ->type_name("FILE");
  app.add_option("--seed", line.train.seed, "seed of the initialisers without --weights")
      ->type_name("N");
  app.add_option("-o,--output", line.output, "save the outputs, as safetensors, and print nothing")
      ->type_name("FILE");
  app.add_option("--save", line.train.save_weights,
                 "where to save the parameters after the run, as safetensors")
      ->type_name("FILE");
  add_pass_options(app, line);
  add_threads(app, line);
  add_perf_map(app, line);
}

void add_train(CLI::App& app, CommandLine& line) {
  static const std::map<std::string, ProgressMode> modes = {{"auto", ProgressMode::automatic},
                                                            {"bar", ProgressMode::bar},
                                                            {"plain", ProgressMode::plain},
                                                            {"json", ProgressMode::json},
                                                            {"none", ProgressMode::none}};
  TrainOptions& train = line.train;
  add_model_options(app, line);
  add_data_dir(app, line);
  const auto bind = [&train](const std::vector<std::string>& bindings) {
    for (const std::string& binding : bindings) {
      const auto equals = binding.find('=');
      if (equals == std::string::npos)
        throw CLI::ValidationError("--data", "write it like x=FILE, not " + binding);
      train.data.by_input[binding.substr(0, equals)] = binding.substr(equals + 1);
    }
    return true;
  };
  app.add_option_function<std::vector<std::string>>("--data", bind, "data of one input: x=FILE")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  app.add_option("--epochs", train.epochs, "in place of the model's")->type_name("N");
  app.add_option("--seed", train.seed, "in place of the model's")->type_name("N");
  app.add_option("--holdout", train.holdout, "fraction of the data kept for evaluation")
      ->type_name("P");
  app.add_option("--weights", train.load_weights, "parameters to start from, as safetensors")
      ->type_name("FILE");
  app.add_option("--save", train.save_weights, "where to save the parameters, as safetensors")
      ->type_name("FILE");
  app.add_option("--log", train.log, "record of the run, as JSON lines")->type_name("FILE");
  app.add_option("--draw-dir", line.train.pictures, "folder of the pictures that `draw` makes")
      ->type_name("DIR");
  app.add_option("--plot", train.plot, "the metrics over the epochs, as SVG")->type_name("FILE");
  const auto has_form = [](const std::string& file) {
    return flow_form(file) ? std::string() : "a name ends in .html, .svg or .json, or is -";
  };
  app.add_option("--flow", train.flow.files,
                 "how gradients flow through time, layers and parameters, as .html, .svg or .json; "
                 "- prints it")
      ->check(has_form)
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--flow-every", train.flow.every, "steps from one sample of the flow to the next")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40).description(""))
      ->type_name("N");
  app.add_option("--progress", train.progress, "auto bar plain json none")
      ->transform(CLI::CheckedTransformer(modes).description(""))
      ->type_name("MODE");
  add_pass_options(app, line);
  add_threads(app, line);
  add_perf_map(app, line);
  add_verbose(app, line);
}

void add_generate(CLI::App& app, CommandLine& line) {
  GenerateOptions& generate = line.generate;
  add_model_options(app, line);
  app.add_option("--weights", line.train.load_weights, "parameters, as safetensors")
      ->required()
      ->type_name("FILE");
  app.add_option("--entry", generate.entry,
                 "export that takes bytes, i32[1, T], and gives the probabilities of the byte "
                 "behind each (default next)")
      ->type_name("NAME");
  app.add_option("--prompt", generate.prompt, "how the text begins (default a new line)")
      ->check([](const std::string& text) {
        return text.empty() ? "there must be a byte to begin with" : std::string();
      })
      ->type_name("TEXT");
  app.add_option("--length", generate.length, "bytes to write (default 300)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40).description(""))
      ->type_name("N");
  app.add_option("--temperature", generate.temperature,
                 "below 1 likely bytes become likelier; 0 takes the likeliest (default 1)")
      ->check(CLI::Range(0.0, 1000.0).description(""))
      ->type_name("X");
  app.add_option("--seed", generate.seed, "another seed, another text (default 0)")->type_name("N");
  add_pass_options(app, line);
  add_threads(app, line);
}

void add_bench(CLI::App& app, CommandLine& line) {
  add_model_options(app, line);
  app.add_option("--entry", line.bench.entries, "entries to time (default steps and exports)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,..");
  app.add_option("--seconds", line.bench.seconds, "to measure each entry for (default 2)")
      ->check(CLI::Range(0.001, 3600.0).description(""))
      ->type_name("S");
  app.add_flag("--per-kernel", line.bench.per_kernel,
               "also say where the time goes: kernels, and the lines they come from");
  app.add_option("--trace", line.bench.trace,
                 "where to write when each kernel of a call ran, for chrome://tracing or Perfetto")
      ->type_name("FILE");
  app.add_option("--seed", line.train.seed, "of the initialisers and of the made-up inputs")
      ->type_name("N");
  app.add_flag("--json{-}", line.json, "print one JSON object per entry, or write them to =FILE")
      ->type_name("[=FILE]");
  add_pass_options(app, line);
  add_threads(app, line);
  add_perf_map(app, line);
}

void add_gradcheck(CLI::App& app, CommandLine& line) {
  line.compile.model.float_type = ir::DType::f64;
  add_model_options(app, line);
  add_data_dir(app, line);
  app.add_option("--tolerance", line.tolerance, "largest relative error")->type_name("E");
  app.add_option("--coordinates", line.coordinates, "elements checked of each parameter")
      ->type_name("N");
  app.add_option("--seed", line.train.seed, "of the choice of elements and inputs")->type_name("N");
  add_pass_options(app, line);
}

void add_show(CLI::App& app, CommandLine& line) {
  app.add_option("what", line.show, "ops, passes, library, params, memory")->required();
  app.add_option("model", line.model, "model file, for params and memory");
  add_dims(app, line);
  add_float(app, line);
}

void add_fmt(CLI::App& app, CommandLine& line) {
  app.add_option("files", line.files, "files of the language; - formats standard input")
      ->required();
  app.add_flag("--check", line.check_only, "change nothing, list files that would change");
}

void add_explain(CLI::App& app, CommandLine& line) {
  app.add_option("code", line.code, "a message's code, such as E0101 (default: list all)");
}

void add_opt(CLI::App& app, CommandLine& line) {
  app.add_option("graph", line.model, "graph in text form; - reads standard input")->required();
  app.add_option("--passes", line.compile.passes.passes, "these passes in this order (default all)")
      ->delimiter(',')
      ->type_name("PASS,..");
  app.add_option("--emit", line.emit, "graph kernels plan dot (default graph)")
      ->delimiter(',')
      ->type_name("KIND");
  add_pass_options(app, line);
  add_stop_after(app, line);
}

struct CommandInfo {
  const char* name;
  const char* doc;
  Command command;
  void (*add_options)(CLI::App&, CommandLine&);
};

constexpr CommandInfo commands[] = {
    {"check", "check a model: syntax, names, dims, types", check_command, add_check},
    {"build", "compile a model to an object file and a C header", build_command, add_build},
    {"run", "run an entry of a model, or a graph", run_command, add_run},
    {"train", "train a model as its train block says", train_command, add_train},
    {"generate", "write text with a trained model", generate_command, add_generate},
    {"bench", "time the entries of a model, and say what the machine's limits are", bench_command,
     add_bench},
    {"gradcheck", "compare compiled gradients with differences of the loss", gradcheck_command,
     add_gradcheck},
    {"show", "list ops, passes, the library, or a model's parameters", show_command, add_show},
    {"fmt", "lay out model files", fmt_command, add_fmt},
    {"explain", "explain a message of the compiler", explain_command, add_explain},
    {"opt", "run passes on a graph in text form", opt_command, add_opt},
};

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  CLI::App app("gradc compiles models, and their training, to native code.", "gradc");
  app.set_version_flag("--version", "gradc 0.1.0 (LLVM 19)");
  app.require_subcommand(1);
  // One command line per command: each brings its own defaults.
  std::map<const CLI::App*, std::pair<const CommandInfo*, CommandLine>> lines;
  for (const CommandInfo& info : commands) {
    CLI::App* command = app.add_subcommand(info.name, info.doc);
    auto& [command_info, line] = lines[command];
    command_info = &info;
    info.add_options(*command, line);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {.exit = app.exit(error) == 0 ? Exit::ok : Exit::usage};
  }
  auto& [info, line] = lines.at(app.get_subcommands().front());
  return {.command = info->command, .command_line = std::move(line)};
}

}  // namespace gradc::driver
