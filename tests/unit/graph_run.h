#pragma once
/// A graph of a test as a program, and what it computes from values by name.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/evaluate.h"
#include "ir/ops.h"
#include "ir/program.h"

namespace gradc::ir {

/// The program that has the graph as its only entry.
inline Program program_of(Graph graph) {
  Program program{.name = "m"};
  std::vector<EntryInput> callers;
  for (const NodeId n : inputs(graph)) {
    const StorageClass storage_class = storage_of(graph, n);
    if (storage_class == StorageClass::input)
      callers.push_back({graph[n].name, {}});
    else
      program.storage.push_back({graph[n].name, storage_class, graph[n].type, {}, {}});
  }
  program.entries.push_back({"e", EntryKind::step, std::move(graph), std::move(callers)});
  return program;
}

/// Values of inputs by name: a pass may drop inputs that nobody uses.
using NamedTensors = std::map<std::string, Tensor>;

inline NamedTensors random_inputs(const Graph& graph, std::uint32_t seed) {
  std::mt19937 random(seed);
  NamedTensors out;
  for (const NodeId n : inputs(graph)) {
    Tensor tensor(graph[n].type);
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      tensor.set_real(i, static_cast<double>(random()) / 4294967296.0 * 4 - 2);
    out[graph[n].name] = std::move(tensor);
  }
  return out;
}

inline std::vector<Tensor> evaluate(const Graph& graph, const NamedTensors& values) {
  std::vector<Tensor> tensors;
  for (const NodeId n : inputs(graph)) tensors.push_back(values.at(graph[n].name));
  return evaluate(graph, tensors);
}

}  // namespace gradc::ir
