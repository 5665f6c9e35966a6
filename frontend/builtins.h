#pragma once
/// Functions that the library cannot say: they look at dims, at names, or at the graph.
#include <string_view>
#include <vector>

#include "frontend/calls.h"
#include "frontend/elaboration.h"

namespace gradc::frontend {

struct Builtin {
  std::string_view name;
  std::string_view usage;  ///< "split(x, parts over D)"
  std::string_view doc;
  /// How many arguments it takes; -1: any number more.
  int least, most;
  bool takes_over;
  Value (*apply)(Elaboration&, const CallSite&);
};

const Builtin* find_builtin(std::string_view name);
std::vector<std::string_view> builtin_names();

/// The op that the language calls `name`: elementwise, a reduction, or along axes.
const ir::Op* find_function(std::string_view name);

/// An initialiser in a place where nothing is initialised: the argument that is being evaluated is
/// deferred, or it is an error.
Value defer(Elaboration&, Location location);
Value fan_in(Elaboration&, Location location);
Value fan_out(Elaboration&, Location location);

}  // namespace gradc::frontend
