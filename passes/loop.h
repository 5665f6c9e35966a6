#pragma once
/// A scan taken apart, so that a pass can take things out of the loop and bring others in.
#include <functional>
#include <vector>

#include "ir/scan.h"
#include "passes/rebuild.h"

namespace gradc::passes {

/// Ids are those of nodes of `body`; values lie outside of it.
struct Loop {
  struct Sequence {
    ir::NodeId each;  ///< at every step another element of `all`
    ir::Value all;
  };
  struct Carried {
    ir::NodeId now, next;
    ir::Value start;
  };
  struct Whole {
    ir::NodeId inside;  ///< at every step `outside`
    ir::Value outside;
  };

  ir::Scan scan;
  ir::Graph body;
  std::vector<Sequence> sequences;
  std::vector<Carried> carried;
  std::vector<Whole> wholes;
  std::vector<ir::NodeId> outputs;
};

/// The scan `node` of the graph that is rebuilt, on what its operands became, with that body. (A
/// sequence of equal elements is a whole operand.)
Loop loop_of(Rebuild& out, ir::NodeId node, ir::Graph body);

/// The scan of a loop, which has a carried value or an output. Returns its results: the last
/// carried values, then the outputs of all steps.
///
/// Any node of the body may be a sequence, a whole operand or a carried value: what it was computed
/// from is then left out, and so is whatever else neither outputs nor carried values depend on.
/// What is given twice is given once: sequences, whole operands, carried values and outputs. A
/// whole operand that only repeats numbers is repeated inside, where it is part of the kernel that
/// reads it.
std::vector<ir::Value> append_scan(ir::Graph& graph, const Loop& loop);

/// May values of all steps be kept outside the loop, although the loop has only those of one step?
bool may_leave(const Loop& loop);

/// What becomes of the scan `node`: a value for each result, empty for one that nobody reads.
using VisitLoop = std::function<std::vector<ir::Value>(Rebuild& out, ir::NodeId node, Loop loop)>;

bool has_loops(const ir::Graph& graph);

/// Visit every scan of a graph, after `pass` has been applied to its body; copy the other nodes.
ir::Graph rebuild_loops(const ir::Graph& graph, PassFunction pass, Context& context,
                        const VisitLoop& visit);

/// Which results of the scan `node` are read.
std::vector<bool> results_read(const ir::Graph& graph, ir::NodeId node);

}  // namespace gradc::passes
