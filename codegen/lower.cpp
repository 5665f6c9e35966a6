#include "codegen/lower.h"

#include <fmt/format.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <map>

#include "codegen/c_api.h"
#include "codegen/entry.h"
#include "codegen/names.h"
#include "codegen/scratch.h"
#include "codegen/sharing.h"

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
    if (options.profile) profile_.emplace(out.module());
  }

  void entry(std::size_t number, const std::string& prefix) {
    const ir::Entry& entry = plan_.program.entries[number];
    EntryCalls calls = calls_of(entry.graph, plan_.entries[number], target_, kernels_);
    emit_kernels(prefix);
    out_.arena_bytes.push_back(calls.arena_bytes);
    if (profile_) profile_->begin_entry(number);
    const TasksOf tasks = [this](std::size_t kernel) -> const auto& { return tasks_[kernel]; };
    const bool is_shared = gains_by_sharing(calls, tasks);
    emit_entry(out_.module(), target_,
               {frame_symbol(prefix, entry.name), std::move(calls), options_.keep_denormals,
                profile_ ? &*profile_ : nullptr, tasks,
                [this](const ir::Node& node) { return constant(node); }, is_shared});
  }

  void finish() {
    if (!profile_) return;
    profile_->finish();
    out_.sites = profile_->sites();
  }

 private:
  /// Those that no entry before has needed.
  void emit_kernels(const std::string& prefix) {
    while (tasks_.size() < kernels_.all().size())
      tasks_.push_back(emit_tasks(out_.module(), target_, machine_, kernels_.all()[tasks_.size()],
                                  fmt::format("{}.kernel{}", prefix, tasks_.size())));
  }

  llvm::Constant* constant(const ir::Node& node) {
    llvm::Constant*& known = constants_[&node];
    if (!known) known = emit_constant(out_.module(), node);
    return known;
  }

  Lowered& out_;
  const passes::Plan& plan_;
  const Target& target_;
  const Options& options_;
  Machine machine_;
  std::optional<ProfileCode> profile_;
  Kernels kernels_;
  std::vector<std::vector<Task>> tasks_;  // by kernel
  std::map<const ir::Node*, llvm::Constant*> constants_;
};

}  // namespace

Lowered lower(const passes::Plan& plan, const Target& target, const Options& options) {
  const std::string prefix = prefix_of(plan.program, options);
  Lowered out(plan.program.name);
  Lowering lowering(out, plan, target, options);
  for (std::size_t i = 0; i < plan.entries.size(); ++i) lowering.entry(i, prefix);
  lowering.finish();
  emit_c_functions(out.module(), plan, target, prefix);
  return out;
}

std::vector<std::int64_t> arena_bytes(const passes::Plan& plan, const Target& target) {
  std::vector<std::int64_t> out;
  Kernels kernels;
  for (std::size_t i = 0; i < plan.entries.size(); ++i)
    out.push_back(
        calls_of(plan.program.entries[i].graph, plan.entries[i], target, kernels).arena_bytes);
  return out;
}

Lowered lower(const ir::Kernel& kernel, const Target& target, const Options& options) {
  using passes::Region;
  Lowered out("kernel");
  const auto machine = make_target_machine(target, options.level);
  set_target(out.module(), *machine, target);

  KernelCall call{0, {}};
  for (std::size_t i = 0; i < kernel.operands.size(); ++i)
    call.buffers.push_back({.place = {Region::input, static_cast<std::int64_t>(i)}});
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i)
    call.buffers.push_back({.place = {Region::output, static_cast<std::int64_t>(i)}});
  call.buffers.push_back({.is_scratch = true});
  EntryCalls calls;
  calls.actions.push_back({std::move(call)});
  calls.arena_bytes = scratch_of(kernel, target).bytes;
  out.arena_bytes = {calls.arena_bytes};

  const std::vector<Task> tasks =
      emit_tasks(out.module(), target, machine_of(*machine), {kernel}, "kernel");
  emit_entry(out.module(), target,
             {frame_symbol("kernel", "run"), std::move(calls), options.keep_denormals, nullptr,
              [&](std::size_t) -> const std::vector<Task>& { return tasks; }});
  return out;
}

}  // namespace gradc::codegen
