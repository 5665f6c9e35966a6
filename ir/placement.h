#pragma once
/// Which loops compute which elements when a body becomes one kernel: the first half of compose().
#include <optional>
#include <span>
#include <vector>

#include "ir/kernel.h"
#include "ir/node_map.h"

namespace gradc::ir {

/// The loops of a kernel to be; the first `parallel` ones are parallel.
struct Domain {
  std::vector<std::int64_t> extents;
  std::size_t parallel = 0;
};

/// An element of a node: affine forms over the loops of a domain, one per axis.
using Point = std::vector<Affine>;

/// The kernel of every node of a body; nothing for its inputs and `return`.
using Kernels = NodeMap<std::optional<Kernel>>;

/// All loops of a domain, or the first `count`.
Point first_loops(std::size_t count);

/// `affine` with its loops replaced by affine forms over other loops.
Affine substitute(const Affine& affine, std::span<const Affine> loops);

/// Every element of `shape` lies at one point of the domain's loops, or of its parallel loops only.
bool covers(const Point& point, const Shape& shape, const Domain& domain);

/// The domain's loops that a kernel's reduction loops become; nothing if they differ.
std::optional<Point> reduction_loops(const Kernel& kernel, const Domain& domain);

/// The loops of the body's first reduction; without one, of its first result.
Domain domain_of(const Graph& body, const Kernels& kernels);

/// For each result of the body, the element that a point of the domain computes; nothing if one
/// finds no place. Any place that covers the result is right: this looks for those that let
/// nodes share what they read.
std::optional<std::vector<Point>> place_results(const Graph& body, const Kernels& kernels,
                                                const Domain& domain);

}  // namespace gradc::ir
