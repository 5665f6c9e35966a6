#pragma once
/// What a pass is: a function from a graph to a graph.
#include <string_view>

#include "ir/diagnostics.h"
#include "ir/graph.h"
#include "passes/loop_form.h"

namespace gradc::passes {

/// What a pass may use besides the graph.
struct Context {
  ir::Diagnostics&
      diagnostics;       ///< for what the user did: a parameter behind an op without a gradient
  bool optimize = true;  ///< false: only what code generation cannot do without
  Unroll unroll = {};    ///< which steps of scans are written out
  Checkpoint checkpoint = {};  ///< which steps of scans are computed anew
};

/// Returns the whole graph anew; the caller's inputs and the results keep their order and types.
using PassFunction = ir::Graph (*)(const ir::Graph&, Context&);

struct Pass {
  std::string_view name;
  PassFunction function;
  std::string_view doc;
  bool is_optimization = false;  ///< left out where nothing shall be optimized
};

// One file each, with its before/after picture; the order is in pipeline.cpp.
ir::Graph last_step(const ir::Graph& graph, Context& context);
ir::Graph unroll(const ir::Graph& graph, Context& context);
ir::Graph merge_products(const ir::Graph& graph, Context& context);
ir::Graph checkpoint(const ir::Graph& graph, Context& context);
ir::Graph differentiate(const ir::Graph& graph, Context& context);
ir::Graph expand(const ir::Graph& graph, Context& context);
ir::Graph simplify(const ir::Graph& graph, Context& context);
ir::Graph merge_common(const ir::Graph& graph, Context& context);
ir::Graph prune(const ir::Graph& graph, Context& context);
ir::Graph hoist(const ir::Graph& graph, Context& context);
ir::Graph order_products(const ir::Graph& graph, Context& context);
ir::Graph relu_masks(const ir::Graph& graph, Context& context);
ir::Graph permute_windows(const ir::Graph& graph, Context& context);
ir::Graph fuse(const ir::Graph& graph, Context& context);

}  // namespace gradc::passes
