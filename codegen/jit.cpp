#include "codegen/jit.h"

#include "codegen/parallel_code.h"

namespace gradc::codegen {

std::optional<Jit> Jit::load(Lowered lowered, const std::vector<std::string>& symbols,
                             const Target& target, const Options& options, std::string& error) {
  const unsigned parts = options.parts > 0 ? options.parts : choose_parts(lowered.module());
  auto code = NativeCode::link(objects_of(lowered.module(), target, options.level, parts), error);
  if (!code) return std::nullopt;
  Jit out(std::move(*code));
  for (const std::string& symbol : symbols) {
    void* address = out.code_.find(symbol, error);
    if (!address) return std::nullopt;
    out.entries_.push_back(reinterpret_cast<gradc_entry>(address));
  }
  out.arena_bytes_ = lowered.arena_bytes;
  if (options.profile) out.profile_ = Profile(lowered.sites, out.code_);
  return out;
}

std::optional<Jit> Jit::create(const passes::Plan& plan, const Target& target,
                               const Options& options, std::string& error) {
  const std::string prefix = prefix_of(plan.program, options);
  std::vector<std::string> symbols;
  for (const ir::Entry& entry : plan.program.entries)
    symbols.push_back(frame_symbol(prefix, entry.name));
  return load(lower(plan, target, options), symbols, target, options, error);
}

std::optional<Jit> Jit::create(const ir::Kernel& kernel, const Target& target,
                               const Options& options, std::string& error) {
  return load(lower(kernel, target, options), {frame_symbol("kernel", "run")}, target, options,
              error);
}

}  // namespace gradc::codegen
