// gradc check: is the model right?
#include <algorithm>

#include "driver/commands/output.h"
#include "ir/print.h"
#include "passes/forecast.h"

namespace gradc::driver {

Exit check_command(const CommandLine& command_line) {
  ir::Sources sources;
  ir::Diagnostics diagnostics;
  frontend::Options options = command_line.compile.model;
  options.needs_model = !command_line.emit.empty();  // a file of layers can be checked too
  const auto model = read_model(command_line.model, options, sources, diagnostics);
  if (model) passes::forecast_gradients(model->program, diagnostics);
  const Exit exit = show(diagnostics);
  if (!model || command_line.emit.empty()) return exit;
  return print(ir::to_string(model->program));
}

}  // namespace gradc::driver
