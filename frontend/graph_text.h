#pragma once
/// The text form of graphs (its grammar is in ir/print.h), read back. It is the flat part of the
/// model language, with the same tokens.
#include <optional>

#include "ir/diagnostics.h"
#include "ir/location.h"
#include "ir/program.h"

namespace gradc::frontend {

/// Does the text hold graphs rather than a model?
bool is_graph_text(const ir::Source& source);

/// The graphs of a text as the entries of a program; nothing if there were errors. The storage
/// table is what the graphs say about it. A graph is the entry that its name and its commits make
/// it: `init`, `evaluate`, a step if it commits parameters, else an export.
std::optional<ir::Program> parse_graphs(const ir::Source& source, ir::Diagnostics& diagnostics);

}  // namespace gradc::frontend
