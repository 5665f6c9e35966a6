#pragma once
/// A whole model: its storage table and one graph per entry point.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace gradc::ir {

/// What outlives a call of an entry. An entry's `input` node with the attribute `storage` reads the
/// slot of that name; a result `slot <- value` of its `return` node commits a new value at the end.
enum class StorageClass {
  input,      ///< no storage: given by the caller of the entry
  param,      ///< trained
  buffer,     ///< saved, not trained: batch-norm statistics
  state,      ///< per stream, resettable: the recurrent carry between windows
  optimizer,  ///< moments and the like
  counter,    ///< i64 scalars: the steps done, the seed of the random numbers
};
std::string_view name(StorageClass storage_class);  ///< "param", …; "" for input
std::optional<StorageClass> find_storage_class(std::string_view name);

struct Storage {
  std::string name;  ///< "dense.w"
  StorageClass storage_class;
  Type type;
  Location location;
  /// What the model calls its axes: {"I", "4*H"}; for messages and reports.
  std::vector<std::string> dim_names;
};

enum class EntryKind {
  init,      ///< runs the initialisers: reads the counter `seed`, writes every other slot
  step,      ///< one training step
  exported,  ///< a function the model exports
  evaluate,  ///< the metrics and other values a `train` block evaluates
};

struct EntryInput {
  std::string name;
  std::vector<std::string> dim_names;
};

struct Entry {
  std::string name;
  EntryKind kind;
  Graph graph;
  /// Names of the axes of the caller's inputs, in the order of the graph's inputs without storage.
  std::vector<EntryInput> inputs;
};

struct Program {
  std::string name;
  std::vector<Storage> storage;
  std::vector<Entry> entries;

  const Storage* find_storage(std::string_view name) const;
  const Entry* find_entry(std::string_view name) const;
};

}  // namespace gradc::ir
