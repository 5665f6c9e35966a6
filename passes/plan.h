#pragma once
/// A program of kernels with everything decided that code generation needs.
#include <vector>

#include "passes/plan_memory.h"
#include "passes/schedule.h"

namespace gradc::passes {

struct EntryPlan {
  Schedule schedule;
  MemoryPlan memory;
};

/// `entries[i]` belongs to `program.entries[i]`, whose graph is the result of the pipeline.
struct Plan {
  ir::Program program;
  StorageLayout storage;
  std::vector<EntryPlan> entries;
};

/// True after the whole pipeline, and whenever `fuse` was the last pass: every computation is a
/// kernel.
bool can_be_planned(const ir::Program& program);

/// Of a program that can be planned.
Plan plan(ir::Program program);

}  // namespace gradc::passes
