#include "passes/pass.h"
namespace gradc::passes {
ir::Graph fuse(const ir::Graph& graph, Context&) { return graph; }
}  // namespace gradc::passes
