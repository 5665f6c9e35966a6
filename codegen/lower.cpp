#include "codegen/lower.h"

#include <fmt/format.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <cassert>
#include <optional>

#include "codegen/c_api.h"
#include "codegen/entry.h"
#include "codegen/names.h"
#include "ir/compose.h"
#include "ir/ops.h"

namespace gradc::codegen {

Lowered::Lowered(const std::string& name)
    : context_(std::make_unique<llvm::LLVMContext>()),
      module_(std::make_unique<llvm::Module>(name, *context_)) {}
Lowered::Lowered(Lowered&&) noexcept = default;
Lowered& Lowered::operator=(Lowered&&) noexcept = default;
Lowered::~Lowered() = default;

std::string frame_symbol(const std::string& prefix, const std::string& entry) {
  return fmt::format("{}_{}_frame", prefix, c_prefix(entry));
}

std::string prefix_of(const ir::Program& program, const Options& options) {
  return c_prefix(options.prefix.empty() ? program.name : options.prefix);
}

namespace {

void set_target(llvm::Module& module, const llvm::TargetMachine& machine, const Target& target) {
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine.createDataLayout());
}

/// One entry's arena: the plan's part, and behind it scratch memory, which kernels have in turns.
struct ArenaLayout {
  std::int64_t scratch;  ///< where it begins
  std::int64_t bytes;
};

ir::Kernel kernel_of_group(const ir::Graph& graph, ir::NodeId fused) {
  std::optional<ir::Kernel> kernel = ir::compose(graph[fused].bodies[0]);
  assert(kernel && "`fuse` groups only what is one kernel");
  return *std::move(kernel);
}

std::vector<ir::NodeId> groups(const ir::Graph& graph, const passes::Schedule& schedule) {
  std::vector<ir::NodeId> out;
  for (const ir::NodeId n : schedule.order)
    if (graph[n].op == &ir::op::fused) out.push_back(n);
  return out;
}

ArenaLayout lay_out(const passes::EntryPlan& plan, const std::vector<ir::Kernel>& kernels,
                    const Target& target) {
  const std::int64_t lines = (plan.memory.arena_bytes + passes::alignment - 1) / passes::alignment;
  std::int64_t scratch = 0;
  for (const ir::Kernel& kernel : kernels)
    scratch = std::max(scratch, scratch_bytes(kernel, target));
  return {lines * passes::alignment, lines * passes::alignment + scratch};
}

/// The values of a constant in the object's read-only memory.
llvm::Constant* emit_constant(llvm::Module& module, const ir::Node& node) {
  const auto& values = node.attributes.get<std::vector<double>>("values");
  llvm::Type* type = memory_type(module.getContext(), node.type.dtype, 1);
  std::vector<llvm::Constant*> elements;
  for (std::int64_t i = 0; i < node.type.elements(); ++i) {
    const double value = values[values.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    if (type->isFloatingPointTy())
      elements.push_back(llvm::ConstantFP::get(type, value));
    else
      elements.push_back(llvm::ConstantInt::getSigned(
          type, ir::convert({.real = value}, ir::DType::f64, node.type.dtype).integer));
  }
  auto* array = llvm::ArrayType::get(type, elements.size());
  auto* out = new llvm::GlobalVariable(  // owned by the module
      module, array, true, llvm::GlobalValue::PrivateLinkage,
      llvm::ConstantArray::get(array, elements), "constant");
  out->setAlignment(llvm::Align(passes::alignment));
  return out;
}

class Lowering {
 public:
  Lowering(Lowered& out, const passes::Plan& plan, const Target& target, const Options& options)
      : out_(out), plan_(plan), target_(target), options_(options) {
    const auto machine = make_target_machine(target, options.level);
    set_target(out.module(), *machine, target);
    machine_ = machine_of(*machine);
  }

  void entry(std::size_t number, const std::string& prefix) {
    const ir::Entry& entry = plan_.program.entries[number];
    const passes::EntryPlan& plan = plan_.entries[number];
    const std::vector<ir::NodeId> nodes = groups(entry.graph, plan.schedule);
    std::vector<ir::Kernel> kernels;
    for (const ir::NodeId n : nodes) kernels.push_back(kernel_of_group(entry.graph, n));
    const ArenaLayout arena = lay_out(plan, kernels, target_);

    EntryCode code{
        frame_symbol(prefix, entry.name), {}, plan.memory.copies, options_.keep_denormals};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      std::vector<Buffer> buffers = buffers_of(entry.graph, plan.memory, nodes[i]);
      buffers.push_back({{passes::Region::arena, arena.scratch}});
      code.calls.push_back({tasks_of(kernels[i], prefix), std::move(buffers)});
    }
    emit_entry(out_.module(), target_, code);
    out_.arena_bytes.push_back(arena.bytes);
  }

 private:
  /// Equal kernels share their code.
  const std::vector<Task>& tasks_of(const ir::Kernel& kernel, const std::string& prefix) {
    for (const auto& [known, tasks] : kernels_)
      if (known == kernel) return tasks;
    const std::string name = fmt::format("{}.kernel{}", prefix, kernels_.size());
    kernels_.emplace_back(kernel, emit_tasks(out_.module(), target_, machine_, kernel, name));
    return kernels_.back().second;
  }

  std::vector<Buffer> buffers_of(const ir::Graph& graph, const passes::MemoryPlan& memory,
                                 ir::NodeId fused) {
    std::vector<Buffer> out;
    for (const ir::Use& use : graph.operands(fused))
      out.push_back(buffer_of(graph, memory, use.def));
    for (const ir::NodeId n : results_of(graph, fused)) out.push_back({*memory.places[n]});
    return out;
  }

  /// The nodes that stand for the results of a group, in order.
  static std::vector<ir::NodeId> results_of(const ir::Graph& graph, ir::NodeId fused) {
    const ir::Graph& body = graph[fused].bodies[0];
    const std::size_t count = body.operands(ir::return_node(body)).size();
    if (count == 1) return {fused};
    std::vector<ir::NodeId> out(count);
    for (const ir::Use& use : graph.uses(fused))
      out[static_cast<std::size_t>(graph[use.user].attributes.get<std::int64_t>("index"))] =
          use.user;
    return out;
  }

  Buffer buffer_of(const ir::Graph& graph, const passes::MemoryPlan& memory, ir::NodeId n) {
    while (graph[n].op == &ir::op::reshape) n = graph.operand(n, 0);
    if (graph[n].op == &ir::op::constant) return {{}, emit_constant(out_.module(), graph[n])};
    return {*memory.places[n]};
  }

  Lowered& out_;
  const passes::Plan& plan_;
  const Target& target_;
  const Options& options_;
  Machine machine_;
  std::vector<std::pair<ir::Kernel, std::vector<Task>>> kernels_;
};

}  // namespace

Lowered lower(const passes::Plan& plan, const Target& target, const Options& options) {
  const std::string prefix = prefix_of(plan.program, options);
  Lowered out(plan.program.name);
  Lowering lowering(out, plan, target, options);
  for (std::size_t i = 0; i < plan.entries.size(); ++i) lowering.entry(i, prefix);
  emit_c_functions(out.module(), plan, target, prefix);
  return out;
}

std::vector<std::int64_t> arena_bytes(const passes::Plan& plan, const Target& target) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const ir::Graph& graph = plan.program.entries[i].graph;
    std::vector<ir::Kernel> kernels;
    for (const ir::NodeId n : groups(graph, plan.entries[i].schedule))
      kernels.push_back(kernel_of_group(graph, n));
    out.push_back(lay_out(plan.entries[i], kernels, target).bytes);
  }
  return out;
}

Lowered lower(const ir::Kernel& kernel, const Target& target, const Options& options) {
  using passes::Region;
  Lowered out("kernel");
  const auto machine = make_target_machine(target, options.level);
  set_target(out.module(), *machine, target);

  KernelCall call{emit_tasks(out.module(), target, machine_of(*machine), kernel, "kernel"), {}};
  for (std::size_t i = 0; i < kernel.operands.size(); ++i)
    call.buffers.push_back({{Region::input, static_cast<std::int64_t>(i)}});
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i)
    call.buffers.push_back({{Region::output, static_cast<std::int64_t>(i)}});
  call.buffers.push_back({{Region::arena, 0}});
  emit_entry(out.module(), target,
             {frame_symbol("kernel", "run"), {call}, {}, options.keep_denormals});
  out.arena_bytes = {scratch_bytes(kernel, target)};
  return out;
}

}  // namespace gradc::codegen
