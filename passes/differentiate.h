#pragma once
/// The reverse sweep, as the gradient of a scan needs it too.
#include <map>
#include <set>
#include <span>
#include <vector>

#include "ir/value.h"
#include "passes/pass.h"

namespace gradc::passes {

/// Nodes, and those that shall take their places: an extension has the same operands, its first
/// results are those of the node, and it has more of them, which a gradient reads.
using Extensions = std::map<ir::NodeId, ir::NodeId>;

/// The graph with every extension in place of what it extends, so that both are computed once.
ir::Graph extended(const ir::Graph& graph, const Extensions& extensions);

/// `wrt`, and the nodes from `first` to `last` whose value changes smoothly with one of them.
std::set<ir::NodeId> active_nodes(const ir::Graph& graph, std::span<const ir::Value> wrt,
                                  ir::NodeId first, ir::NodeId last);

/// The adjoints of `wrt`, given the adjoints `dys` of `ys`, all in one graph; an empty Value where
/// no gradient flows.
ir::Gradients adjoints_of(std::span<const ir::Value> wrt, std::span<const ir::Value> ys,
                          std::span<const ir::Value> dys, Extensions& extensions, Context& context);

/// Given a scan and the adjoint of each of its results (empty where none comes back): one gradient
/// per operand that is `wanted`. Gradients of operands that the body sees whole are sums over the
/// steps; each begins with what `sums` has at its slot, if anything.
ir::Gradients gradients_of_scan(ir::Value y, const ir::Gradients& dys,
                                const std::vector<bool>& wanted, const ir::Gradients& sums,
                                Extensions& extensions, Context& context);

}  // namespace gradc::passes
