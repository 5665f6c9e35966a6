// gradc explain: what a message means, and what to do about it.
#include <fmt/core.h>

#include "driver/commands/output.h"
#include "driver/explain.h"

namespace gradc::driver {

Exit explain_command(const CommandLine& command_line) {
  if (command_line.code.empty()) return print(list_of_messages());
  const auto explanation = explanation_of(command_line.code);
  if (explanation) return print(*explanation);
  fmt::print(stderr, "gradc explain: there is no message `{}`; `gradc explain` lists all\n",
             command_line.code);
  return Exit::usage;
}

}  // namespace gradc::driver
