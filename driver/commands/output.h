#pragma once
/// What the commands share: showing diagnostics, and the text of a program at a stage.
#include <string>
#include <string_view>

#include "driver/compiler.h"
#include "driver/options.h"

namespace gradc::driver {

/// Print what was reported to standard error. Returns the exit code it asks for.
Exit show(const ir::Diagnostics& diagnostics);

/// Print to standard output, all of it or an error.
Exit print(std::string_view text);

/// The passes' options with a sink for `--print-after`: standard output.
passes::Options printing(passes::Options options);

/// "parse and elaborate 2.1 ms, passes 1.2 ms, LLVM 80.3 ms"
std::string compile_times(const CompileTimes& times);
/// One line per pass.
std::string pass_times(const CompileTimes& times);

}  // namespace gradc::driver
