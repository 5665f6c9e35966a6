#pragma once
/// From a step that was elaborated on stand-ins to the body of a scan.
#include <span>
#include <vector>

#include "ir/value.h"

namespace gradc::frontend {

/// The nodes that have been appended since `mark` and depend on a stand-in, as a graph of its own.
struct StepGraph {
  ir::Graph body;  ///< its inputs: `stand_ins`, then what it reads from outside
  std::vector<ir::Value> outside;
};

/// `results` become those of the body. A stand-in may also be older than `mark`: what has been
/// appended since and reads it then reads an input of the body.
StepGraph extract_step(ir::Graph& graph, std::size_t mark, std::span<const ir::Value> stand_ins,
                       std::span<const ir::Value> results);

/// Which of the stand-ins, all appended since `mark`, the results depend on.
std::vector<bool> needed_stand_ins(const ir::Graph& graph, std::size_t mark,
                                   std::span<const ir::Value> stand_ins,
                                   std::span<const ir::Value> results);

}  // namespace gradc::frontend
