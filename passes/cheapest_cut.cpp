/// A minimum cut: every value is a pair of vertices,
///
///   source ──compute──→ in ──read──→ out ──∞──→ sink, if the value is needed
///                                     └────∞──→ in of what can be computed of it
///
/// and on the sink's side of the cut is what has to be there: `out` if the value is used, `in` if
/// it is computed.
#include "passes/cheapest_cut.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <cmath>

namespace gradc::passes {

namespace {

using Capacity = std::int64_t;
/// Prices as integers: their sums are exact, so the cut does not depend on rounding.
constexpr double units_per_price = 16;
constexpr Capacity unlimited = Capacity{1} << 58;

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
struct Vertex {
  boost::default_color_type side = boost::white_color;
  Traits::edge_descriptor predecessor = {};
  Capacity distance = 0;
};
struct Edge {
  Capacity capacity = 0, residual = 0;
  Traits::edge_descriptor reverse = {};
};
using Network = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Edge>;

class Cut {
 public:
  Cut(std::span<const Obtainable> values, std::span<const std::size_t> needed)
      : network_(2 * values.size() + 2), source_(2 * values.size()), sink_(source_ + 1) {
    for (std::size_t value = 0; value < values.size(); ++value) {
      connect(source_, in(value), capacity(values[value].compute_price));
      connect(in(value), out(value), capacity(values[value].read_price));
      for (const std::size_t operand : values[value].operands)
        connect(out(operand), in(value), unlimited);
    }
    for (const std::size_t value : needed) connect(out(value), sink_, unlimited);
  }

  std::vector<bool> run() {
    boykov_kolmogorov_max_flow(network_, get(&Edge::capacity, network_),
                               get(&Edge::residual, network_), get(&Edge::reverse, network_),
                               get(&Vertex::predecessor, network_), get(&Vertex::side, network_),
                               get(&Vertex::distance, network_), get(boost::vertex_index, network_),
                               source_, sink_);
    std::vector<bool> out;
    for (Traits::vertex_descriptor v = 0; v < source_; v += 2)
      out.push_back(network_[v].side == boost::white_color);  // from there the sink is reached
    return out;
  }

 private:
  static Traits::vertex_descriptor in(std::size_t value) { return 2 * value; }
  static Traits::vertex_descriptor out(std::size_t value) { return 2 * value + 1; }

  static Capacity capacity(double price) {
    return price == Obtainable::never ? unlimited : std::llround(price * units_per_price);
  }

  void connect(Traits::vertex_descriptor from, Traits::vertex_descriptor to, Capacity capacity) {
    const auto there = add_edge(from, to, {.capacity = capacity}, network_).first;
    const auto back = add_edge(to, from, {}, network_).first;
    network_[there].reverse = back;
    network_[back].reverse = there;
  }

  Network network_;
  Traits::vertex_descriptor source_, sink_;
};

}  // namespace

std::vector<bool> cheapest_to_compute(std::span<const Obtainable> values,
                                      std::span<const std::size_t> needed) {
  return Cut(values, needed).run();
}

}  // namespace gradc::passes
