#pragma once
/// A program of kernels with everything decided that code generation needs.
#include <vector>

#include "passes/plan_memory.h"
#include "passes/schedule.h"

namespace gradc::passes {

struct LoopPlan;

/// Of the graph of an entry, or of the body of a loop.
struct GraphPlan {
  Schedule schedule;
  MemoryPlan memory;
  std::vector<LoopPlan> loops;  ///< one per scan, in the order of the schedule
};

struct LoopPlan {
  LoopArena arena;
  GraphPlan body;
};

/// `entries[i]` belongs to `program.entries[i]`, whose graph is the result of the pipeline.
struct Plan {
  ir::Program program;
  StorageLayout storage;
  std::vector<GraphPlan> entries;
};

/// True after the whole pipeline, and whenever `fuse` was the last pass: every computation is a
/// kernel or a loop of kernels.
bool can_be_planned(const ir::Program& program);

/// Of a program that can be planned.
Plan plan(ir::Program program);

}  // namespace gradc::passes
