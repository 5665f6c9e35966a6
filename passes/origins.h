#pragma once
/// What the operands of a kernel are made of, back to values in memory.
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "ir/node_map.h"
#include "passes/cheapest_cut.h"

namespace gradc::passes {

/// What computing nodes again costs, asked about each node once.
class ComputingPrices {
 public:
  explicit ComputingPrices(const ir::Graph& graph) : graph_(graph), known_(graph) {}
  /// Nothing if that is not to be.
  std::optional<double> of(ir::NodeId node);

 private:
  const ir::Graph& graph_;
  ir::NodeMap<std::optional<std::optional<double>>> known_;
};

class Origins {
 public:
  /// In the unit of kernel_cost.h; `Obtainable::never` if the value cannot be in memory.
  using PriceOfReading = std::function<double(ir::NodeId)>;
  Origins(const ir::Graph& graph, ComputingPrices& computing, PriceOfReading price)
      : graph_(graph), computing_(computing), price_(std::move(price)) {}

  /// An operand of the kernel.
  void need(ir::NodeId node) { needed_.push_back(number_of(node)); }

  /// The nodes that the kernel had better compute itself, in id order.
  std::vector<ir::NodeId> to_compute();

 private:
  void explore();
  std::size_t number_of(ir::NodeId node);

  const ir::Graph& graph_;
  ComputingPrices& computing_;
  PriceOfReading price_;
  std::vector<ir::NodeId> nodes_;
  std::vector<Obtainable> values_;  ///< by number, like `nodes_`
  std::map<ir::NodeId, std::size_t> numbers_;
  std::vector<std::size_t> needed_;
};

}  // namespace gradc::passes
