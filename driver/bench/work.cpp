#include "driver/bench/work.h"

#include <algorithm>

#include "ir/ops.h"
#include "passes/pipeline.h"
#include "passes/product.h"

namespace gradc::driver {

using ir::Graph;
using ir::NodeId;

namespace {

/// Every combination of the letters is a multiplication and an addition.
std::int64_t flops_of_product(const Graph& graph, NodeId node,
                              const passes::ProductLetters& letters) {
  const ir::Shape &a = graph[graph.operand(node, 0)].type.shape,
                  &b = graph[graph.operand(node, 1)].type.shape;
  std::int64_t out = 2;
  for (const std::int64_t extent : a) out *= extent;
  for (std::size_t axis = 0; axis < b.size(); ++axis)
    if (letters.a.find(letters.b[axis]) == std::string::npos) out *= b[axis];
  return out;
}

/// Of an input, by all who use it; a loop sees all of it.
std::int64_t bytes_of_input(const Graph& graph, NodeId input) {
  const std::int64_t all = graph[input].type.bytes();
  std::int64_t out = 0;
  for (const ir::Use& use : graph.uses(input)) {
    const bool has_kernel = static_cast<bool>(graph[use.user].op->kernel);
    out += has_kernel ? bytes_read(ir::kernel_of(graph, use.user), use.slot) : all;
  }
  return std::min(out, all);
}

}  // namespace

void Work::add(const Work& part, std::int64_t times) {
  flops_f32 += times * part.flops_f32;
  flops_f64 += times * part.flops_f64;
  bytes += times * part.bytes;
  bytes_written += times * part.bytes_written;
}

std::optional<ir::Program> counted_form(ir::Program program, ir::Diagnostics& diagnostics) {
  passes::Options options;
  options.unroll.mode = passes::Unroll::Mode::none;
  options.stop_after = "hoist";
  return passes::run(std::move(program), options, diagnostics);
}

std::int64_t bytes_read(const ir::Kernel& kernel, std::size_t operand) {
  std::int64_t points = 1;
  for (const std::int64_t extent : kernel.extents) points *= extent;
  const auto loads = std::ranges::count(kernel.accesses, operand, &ir::Access::operand);
  const ir::Type& type = kernel.operands[operand];
  return std::min(type.bytes(), loads * points * ir::byte_size(type.dtype));
}

Work arithmetic_of(const Graph& graph) {
  Work out;
  for (const NodeId node : ir::nodes(graph)) {
    if (const auto letters = passes::product_letters(graph[node])) {
      const bool is_double = graph[node].type.dtype == ir::DType::f64;
      std::int64_t& flops = is_double ? out.flops_f64 : out.flops_f32;
      flops += flops_of_product(graph, node, *letters);
    }
    for (const Graph& body : graph[node].bodies)
      out.add(arithmetic_of(body), ir::scan_of(graph[node].attributes).steps);
  }
  return out;
}

Work work_of(const Graph& entry) {
  Work out = arithmetic_of(entry);
  for (const ir::Type& result : ir::operand_types(entry, ir::return_node(entry)))
    out.bytes_written += result.bytes();
  out.bytes = out.bytes_written;
  for (const NodeId input : ir::inputs(entry)) out.bytes += bytes_of_input(entry, input);
  return out;
}

double floor_of(const Work& work, const Rates& rates) {
  const auto at = [](std::int64_t amount, double rate) {
    return amount == 0 ? 0 : static_cast<double>(amount) / rate;
  };
  return at(work.flops_f32, rates.flops_f32) + at(work.flops_f64, rates.flops_f64) +
         at(work.bytes, rates.bytes);
}

}  // namespace gradc::driver
