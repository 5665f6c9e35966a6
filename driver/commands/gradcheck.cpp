// gradc gradcheck: compiled gradients against differences of the compiled loss.
#include <fmt/core.h>

#include <algorithm>

#include "driver/commands/output.h"
#include "driver/data/load.h"
#include "driver/gradient_check.h"

namespace gradc::driver {

namespace {

/// Data written in the model itself; files are not asked for.
Dataset literal_data(const frontend::Model& model, ir::Diagnostics& diagnostics) {
  std::vector<Column> columns;
  for (const frontend::DataBlock& block : model.data)
    for (const frontend::DataColumn& column : block.columns)
      if (const auto* values = std::get_if<ir::Tensor>(&column.source))
        columns.push_back({column.input, *values, 1});
  return make_dataset(std::move(columns), {}, diagnostics).value_or(Dataset{});
}

std::string line_of(const ParameterCheck& check) {
  return fmt::format(
      "{}  {:<24} {:<16} error {:.1e} at element {} (gradient {:.6e}, difference {:.6e}; {} of {} "
      "checked)\n",
      check.passed ? "ok  " : "FAIL", check.step + ": " + check.parameter,
      ir::to_string(check.type), check.worst_error, check.worst_element, check.analytic,
      check.numeric, check.checked, check.type.elements());
}

}  // namespace

Exit gradcheck_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics(command_line.remarks);
  const auto model =
      read_model(command_line.model, command_line.compile.model, sources, diagnostics);
  if (!model) return show(diagnostics);
  CompileOptions compile = command_line.compile;
  compile.passes = printing(compile.passes);
  const auto checks = check_gradients(model->program, literal_data(*model, diagnostics), compile,
                                      {.tolerance = command_line.tolerance,
                                       .coordinates = command_line.coordinates,
                                       .seed = command_line.train.seed.value_or(1)},
                                      diagnostics);
  if (!checks) return show(diagnostics);
  std::string text;
  for (const ParameterCheck& check : *checks) text += line_of(check);
  const bool all_zero =
      std::ranges::all_of(*checks, [](const ParameterCheck& check) { return check.largest == 0; });
  if (all_zero) text += "every gradient is zero: the loss does not depend on the parameters\n";
  const Exit exit = print(text);
  const bool passed = std::ranges::all_of(*checks, &ParameterCheck::passed);
  return passed && !all_zero ? exit : Exit::diagnostics;
}

}  // namespace gradc::driver
