#include "passes/segments.h"

#include <algorithm>

#include "ir/ops.h"

namespace gradc::passes {

using ir::Graph;
using ir::Value;
using Values = std::vector<Value>;

namespace {

/// Elements [first, first + count) along the first axis.
Value part_of(Value sequence, std::int64_t first, std::int64_t count) {
  ir::Shape sizes = sequence.shape();
  if (sizes[0] == count) return sequence;
  std::vector<std::int64_t> starts(sizes.size(), 0);
  const std::vector<std::int64_t> steps(sizes.size(), 1);
  starts[0] = first;
  sizes[0] = count;
  return slice(sequence, starts, sizes, steps);
}

/// [a * b, …] as [a, b, …].
Value split(Value sequence, std::int64_t size) {
  ir::Shape shape = sequence.shape();
  shape.insert(shape.begin() + 1, size);
  shape[0] /= size;
  return reshape(sequence, shape);
}

/// [a, b, …] as [a * b, …].
Value joined(Value segments) {
  ir::Shape shape = segments.shape();
  shape[1] *= shape[0];
  shape.erase(shape.begin());
  return reshape(segments, shape);
}

/// The same over some of the steps.
Recurrence part_of(Recurrence part, std::int64_t first, std::int64_t count) {
  part.scan.steps = count;
  for (std::size_t slot = 0; slot < part.scan.scanned; ++slot)
    part.operands[slot] = part_of(part.operands[slot], first, count);
  return part;
}

/// The same from other start values: the first of `results`, which are those of an earlier part.
Recurrence continued(Recurrence part, const Values& results) {
  const auto first = part.operands.begin() + static_cast<std::ptrdiff_t>(part.scan.scanned);
  std::copy_n(results.begin(), part.scan.carried, first);
  return part;
}

/// A step of the outer scan.
Graph segment_body(const Recurrence& all, std::int64_t size, const Form& form) {
  Graph body;
  Recurrence segment = all;
  segment.scan.steps = size;
  segment.scan.is_segments = false;
  const std::vector<ir::NodeId> inner = inputs(all.body);
  for (std::size_t slot = 0; slot < inner.size(); ++slot) {
    ir::Type type = all.body[inner[slot]].type;
    if (slot < all.scan.scanned) type.shape.insert(type.shape.begin(), size);
    segment.operands[slot] = input(body, all.body[inner[slot]].name, type, ir::StorageClass::input);
  }
  const auto& end = all.body[return_node(all.body)];
  return_(body, form(body, segment), end.attributes.get<std::vector<std::string>>("results"));
  return body;
}

/// Of steps that `size` divides.
Values whole_segments(Graph& graph, Recurrence all, std::int64_t size, const Form& form) {
  const Graph body = segment_body(all, size, form);
  all.scan.steps /= size;
  for (std::size_t slot = 0; slot < all.scan.scanned; ++slot)
    all.operands[slot] = split(all.operands[slot], size);
  Values results = as_scan(graph, {all.scan, body, std::move(all.operands)});
  for (std::size_t number = all.scan.carried; number < results.size(); ++number)
    results[number] = joined(results[number]);
  return results;
}

}  // namespace

Recurrence recurrence_of(const ir::Node& node, Values operands) {
  return {scan_of(node.attributes), node.bodies.front(), std::move(operands)};
}

Values as_scan(Graph& graph, const Recurrence& recurrence) {
  const Value scan =
      ir::scan(graph, recurrence.operands, to_attributes(recurrence.scan), recurrence.body);
  const std::size_t count = result_types(graph, scan.id()).size();
  if (count == 1) return {scan};
  Values out;
  for (std::size_t number = 0; number < count; ++number)
    out.push_back(result(scan, static_cast<std::int64_t>(number)));
  return out;
}

Values in_segments(Graph& graph, const Recurrence& all, std::int64_t size, const Form& form) {
  const std::int64_t whole = all.scan.steps / size * size;
  if (whole == all.scan.steps) return whole_segments(graph, all, size, form);

  Recurrence head = part_of(all, 0, whole), rest = part_of(all, whole, all.scan.steps - whole);
  rest.scan.is_segments = false;
  Values of_head, of_rest;
  if (all.scan.is_reverse) {
    of_rest = form(graph, rest);
    of_head = whole_segments(graph, continued(std::move(head), of_rest), size, form);
  } else {
    of_head = whole_segments(graph, head, size, form);
    of_rest = form(graph, continued(std::move(rest), of_head));
  }
  Values out = all.scan.is_reverse ? of_head : of_rest;
  for (std::size_t number = all.scan.carried; number < out.size(); ++number)
    out[number] = concat(Values{of_head[number], of_rest[number]}, 0);
  return out;
}

}  // namespace gradc::passes
