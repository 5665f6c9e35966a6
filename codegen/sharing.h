#pragma once
/// Whether the kernels of an entry should be shared among threads at all. No LLVM here.
#include "codegen/calls.h"
#include "codegen/tasks.h"

namespace gradc::codegen {

/// What a thread has written lies in the cache of its core, and whoever reads it next on another
/// core waits for it. Threads that share one kernel share the next one in the same way; but where
/// most of an entry runs on one thread, that one waits for more than the others spare it.
bool gains_by_sharing(const EntryCalls& entry, const TasksOf& tasks);

}  // namespace gradc::codegen
