#pragma once
/// Names of layer instances and what they own, and names that were perhaps meant.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ir/location.h"

namespace gradc::frontend {

/// Who has which name in a layer's body, or in the model: "dense", "dense2".
struct Naming {
  std::string path;  ///< of the instance; empty for the model
  std::map<std::string, ir::Location> claimed = {};
  std::map<std::string, Naming> loops = {};  ///< "l0": what is named in the steps of a `for`
};

/// "l0" and "wx" give "l0.wx".
std::string join(std::string_view path, std::string_view name);

/// "LayerNorm" gives "layer_norm", "LSTM" gives "lstm".
std::string snake_case(std::string_view class_name);

/// The first of "dense", "dense2", … that nobody has, which is then claimed.
std::string claim_ordinal(Naming& naming, std::string_view class_name, ir::Location location);

/// Does a name match a pattern in which `*` stands for anything and `?` for one character?
bool matches(std::string_view pattern, std::string_view name);

/// "1 name", "2 names"
std::string counted(std::size_t count, std::string_view noun);

/// The candidate at most two typing mistakes away, in short words one, if there is one.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// A number for a name, the same on every machine: FNV-1a, 31 bits.
std::int64_t stable_hash(std::string_view name);

}  // namespace gradc::frontend
