#include "codegen/header.h"

#include <fmt/format.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>

#include "codegen/c_api.h"
#include "codegen/names.h"

namespace gradc::codegen {

namespace {

/// C89 has no name for a type of 64 bits that is right everywhere: it is `long` where that is long
/// enough.
std::string_view c_type(ir::DType dtype, const Target& target) {
  const llvm::Triple triple(target.triple);
  const bool long_has_64_bits = triple.isArch64Bit() && !triple.isOSWindows();
  switch (dtype) {
    case ir::DType::f32:
      return "float";
    case ir::DType::f64:
      return "double";
    case ir::DType::i32:
      return "int";
    case ir::DType::i64:
      return long_has_64_bits ? "long" : "long long";
    case ir::DType::u8:
    case ir::DType::boolean:
      return "unsigned char";
  }
  __builtin_unreachable();
}

std::string declaration(const CFunction& function, const std::string& prefix,
                        const Target& target) {
  std::string out = fmt::format(
      "{} {}({}{}_mem *m", function.returns_loss ? c_type(function.loss.dtype, target) : "void",
      function.symbol, function.changes_memory ? "" : "const ", prefix);
  if (function.takes_seed) out += ", unsigned long seed";
  for (const CParameter& parameter : function.parameters)
    out += fmt::format(", {}{} {}[{}]", parameter.is_output ? "" : "const ",
                       c_type(parameter.type.dtype, target), parameter.name,
                       std::max<std::int64_t>(parameter.type.elements(), 1));
  return out + ");";
}

std::string types_of(const CFunction& function) {
  std::string out;
  for (const CParameter& parameter : function.parameters)
    out += fmt::format("{}{}: {}{}", out.empty() ? "" : ", ", parameter.name,
                       ir::to_string(parameter.type), parameter.is_output ? " (result)" : "");
  return out;
}

std::string_view purpose(ir::EntryKind kind) {
  switch (kind) {
    case ir::EntryKind::init:
      return "Gives every parameter and state its first value. Call it before anything else";
    case ir::EntryKind::step:
      return "One training step; returns its loss";
    case ir::EntryKind::exported:
      return "Computes its results";
    case ir::EntryKind::evaluate:
      return "Computes the metrics";
  }
  __builtin_unreachable();
}

std::string functions_text(const passes::Plan& plan, const std::string& prefix,
                           const Target& target) {
  std::string out;
  for (const CFunction& function : c_functions(plan, prefix)) {
    const std::string types = types_of(function);
    out += fmt::format("/* {}.{}{} */\n{}\n\n", purpose(plan.program.entries[function.entry].kind),
                       types.empty() ? "" : " ", types, declaration(function, prefix, target));
  }
  return out;
}

/// One line per slot, for loading and saving by name.
std::string slots_text(const passes::Plan& plan, const std::string& macro) {
  static constexpr std::string_view members[] = {"params", "opt", "state"};
  std::string out;
  for (std::size_t i = 0; i < plan.program.storage.size(); ++i) {
    const ir::Storage& storage = plan.program.storage[i];
    const passes::Place& place = plan.storage.slots[i];
    out += fmt::format("#define {}_OFFSET_{} {}ul /* {} {}: {} in `{}` */\n", macro,
                       macro_prefix(storage.name), place.offset, ir::name(storage.storage_class),
                       storage.name, ir::to_string(storage.type),
                       members[static_cast<std::size_t>(place.region)]);
  }
  return out;
}

}  // namespace

std::string c_header(const passes::Plan& plan, const Target& target, const Options& options) {
  const std::string prefix = prefix_of(plan.program, options);
  const std::string macro = macro_prefix(prefix);
  const std::vector<std::int64_t> arenas = arena_bytes(plan, target);
  // No array of C has no elements.
  const auto at_least_one = [](std::int64_t bytes) { return std::max<std::int64_t>(bytes, 1); };
  const auto region = [&](passes::Region r) {
    return at_least_one(plan.storage.bytes[static_cast<std::size_t>(r)]);
  };
  const std::int64_t arena = arenas.empty() ? 1 : at_least_one(*std::ranges::max_element(arenas));

  std::string out = fmt::format(
      "/* Made by gradc from the model {}. */\n"
      "#ifndef {}_GRADC_H\n#define {}_GRADC_H\n\n"
      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
      "/* Bytes of the members of {}_mem, each at an address that is a multiple of {}_ALIGN. To "
      "get one in\n"
      "   C89, reserve {}_ALIGN bytes more and round the address up. */\n",
      plan.program.name, macro, macro, prefix, macro, macro);
  out += fmt::format("#define {}_ALIGN {}ul\n", macro, passes::alignment);
  out += fmt::format("#define {}_PARAM_BYTES {}ul\n", macro, region(passes::Region::parameters));
  out += fmt::format("#define {}_OPT_BYTES {}ul\n", macro, region(passes::Region::optimizer));
  out += fmt::format("#define {}_STATE_BYTES {}ul\n", macro, region(passes::Region::state));
  out +=
      fmt::format("#define {}_ARENA_BYTES {}ul /* the largest of the entries' */\n", macro, arena);
  for (std::size_t i = 0; i < arenas.size(); ++i)
    out += fmt::format("#define {}_{}_ARENA_BYTES {}ul\n", macro,
                       macro_prefix(plan.program.entries[i].name), at_least_one(arenas[i]));
  out += fmt::format(
      "\n/* All memory of one model; the caller's. Models with memory of their own do not meet: "
      "any number of\n"
      "   threads may call, each with its own. */\n"
      "typedef struct {}_mem {{\n"
      "  void *params; /* parameters and buffers: what a trained model is */\n"
      "  void *opt;    /* what training adds: moments, counters */\n"
      "  void *state;  /* what a stream carries from call to call */\n"
      "  void *arena;  /* scratch memory; nothing in it outlives a call */\n"
      "}} {}_mem;\n\n",
      prefix, prefix);
  out += functions_text(plan, prefix, target);
  out += "/* Where each value lies, in bytes from the start of its member. */\n" +
         slots_text(plan, macro);
  out += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return out;
}

}  // namespace gradc::codegen
