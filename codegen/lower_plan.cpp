// A whole program: every fused node becomes a call of its kernel, in the order of the schedule.
#include <llvm/IR/Constants.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <cassert>
#include <map>

#include "codegen/c_api.h"
#include "codegen/entry.h"
#include "codegen/lower.h"
#include "ir/ops.h"

namespace gradc::codegen {

namespace {

/// The scratch memory of a kernel lies behind what the plan knows of the arena.
std::int64_t scratch_offset(const passes::EntryPlan& entry) {
  const std::int64_t lines = (entry.memory.arena_bytes + passes::alignment - 1) / passes::alignment;
  return lines * passes::alignment;
}

class ProgramLowering {
 public:
  ProgramLowering(llvm::Module& module, const passes::Plan& plan, const Target& target,
                  const Machine& machine, const std::string& prefix)
      : module_(module), plan_(plan), target_(target), machine_(machine), prefix_(prefix) {}

  EntryCode entry(std::size_t number) {
    const ir::Entry& entry = plan_.program.entries[number];
    const passes::EntryPlan& entry_plan = plan_.entries[number];
    EntryCode out{.symbol = frame_symbol(prefix_, entry.name)};
    for (const ir::NodeId n : entry_plan.schedule.order)
      if (entry.graph[n].op == &ir::op::fused)
        out.calls.push_back(call(entry.graph, n, entry_plan));
    for (const passes::Copy& copy : entry_plan.memory.copies)
      out.copies.push_back({{copy.from}, copy.to, copy.bytes});
    return out;
  }

 private:
  KernelCall call(const ir::Graph& graph, ir::NodeId n, const passes::EntryPlan& plan) {
    KernelCall out{tasks(ir::kernel_of(graph, n)), {}};
    for (const ir::Use& use : graph.operands(n))
      out.buffers.push_back(buffer(graph, use.def, plan));
    for (const ir::NodeId result : results(graph, n))
      out.buffers.push_back(buffer(graph, result, plan));
    out.buffers.push_back({{passes::Region::arena, scratch_offset(plan)}});
    return out;
  }

  /// The nodes that name the results of a fused node, in their order.
  static std::vector<ir::NodeId> results(const ir::Graph& graph, ir::NodeId n) {
    const ir::Graph& body = graph[n].bodies.front();
    const std::size_t count = body.operands(ir::return_node(body)).size();
    if (count == 1) return {n};
    std::vector<ir::NodeId> out(count, n);
    for (const ir::Use& use : graph.uses(n)) {
      assert(graph[use.user].op == &ir::op::result && "several results are read through `result`");
      const auto index = graph[use.user].attributes.get<std::int64_t>("index");
      out[static_cast<std::size_t>(index)] = use.user;
    }
    return out;
  }

  /// Equal kernels share their code.
  const std::vector<Task>& tasks(const ir::Kernel& kernel) {
    const auto [place, is_new] = tasks_.try_emplace(ir::to_string(kernel));
    if (is_new) {
      const std::string name = prefix_ + "_kernel" + std::to_string(tasks_.size() - 1);
      place->second = emit_tasks(module_, target_, machine_, kernel, name);
    }
    return place->second;
  }

  Buffer buffer(const ir::Graph& graph, ir::NodeId n, const passes::EntryPlan& plan) {
    while (!plan.memory.places[n] && graph[n].op == &ir::op::reshape) n = graph.operand(n, 0);
    if (const auto& place = plan.memory.places[n]) return {*place};
    assert(graph[n].op == &ir::op::constant && "only constants have no place in the plan");
    return {.constant = constant(graph[n])};
  }

  llvm::Constant* constant(const ir::Node& node) {
    const auto& values = node.attributes.get<std::vector<double>>("values");
    ir::Tensor tensor(node.type);
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      tensor.set_real(i, values[values.size() == 1 ? 0 : static_cast<std::size_t>(i)]);
    const llvm::StringRef bytes(reinterpret_cast<const char*>(tensor.data()),
                                tensor.bytes().size());
    llvm::Constant* data =
        llvm::ConstantDataArray::getRaw(bytes, static_cast<std::uint64_t>(tensor.size()),
                                        memory_type(module_.getContext(), node.type.dtype, 1));
    auto* global =
        new llvm::GlobalVariable(module_, data->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                 data, prefix_ + "_constant");
    global->setAlignment(llvm::Align(passes::alignment));
    return global;
  }

  llvm::Module& module_;
  const passes::Plan& plan_;
  const Target& target_;
  const Machine& machine_;
  const std::string& prefix_;
  std::map<std::string, std::vector<Task>> tasks_;
};

}  // namespace

std::vector<std::int64_t> arena_bytes(const passes::Plan& plan, const Target& target) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const ir::Graph& graph = plan.program.entries[i].graph;
    std::int64_t scratch = 0;
    for (const ir::NodeId n : ir::nodes(graph))
      if (graph[n].op == &ir::op::fused)
        scratch = std::max(scratch, scratch_bytes(ir::kernel_of(graph, n), target));
    const passes::EntryPlan& entry = plan.entries[i];
    out.push_back(scratch == 0 ? entry.memory.arena_bytes : scratch_offset(entry) + scratch);
  }
  return out;
}

Lowered lower(const passes::Plan& plan, const Target& target, const Options& options) {
  Lowered out(plan.program.name);
  const auto machine = make_target_machine(target, options.level);
  set_target(out.module(), *machine, target);
  const std::string prefix = prefix_of(plan.program, options);
  const Machine facts = machine_of(*machine);
  ProgramLowering lowering(out.module(), plan, target, facts, prefix);
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    EntryCode entry = lowering.entry(i);
    entry.keep_denormals = options.keep_denormals;
    emit_entry(out.module(), target, entry);
  }
  emit_c_functions(out.module(), plan, target, prefix);
  out.arena_bytes = arena_bytes(plan, target);
  return out;
}

}  // namespace gradc::codegen
