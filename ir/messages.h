#pragma once
/// The names of all messages: `Message::unknown_name`. Their texts are in diagnostics.def.
#include "ir/diagnostics.h"

namespace gradc::ir {

enum class Message : std::uint16_t {
#define ERROR(name, code, text) name,
#define WARNING(name, code, text) name,
#define REMARK(name, code, text) name,
#include "ir/diagnostics.def"
#undef ERROR
#undef WARNING
#undef REMARK
};

}  // namespace gradc::ir
