#include <algorithm>
#include <cmath>

#include "frontend/builtin_functions.h"
#include "frontend/conversions.h"
#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

namespace {

/// Numbers written in the model, when all of them are whole.
bool are_whole_constants(ir::Value value) {
  while (value.node().op == &ir::op::reshape) value = value.operand(0);
  if (value.node().op != &ir::op::constant) return false;
  return std::ranges::all_of(value.attribute<std::vector<double>>("values"),
                             [](double number) { return number == std::floor(number); });
}

/// An argument that names places: `[1, 0, 1]` is a list of integers here.
std::optional<Tensor> ids_argument(Elaboration& e, const CallSite& site, std::size_t number) {
  const auto ids = tensor_argument(e, site, number);
  if (!ids || !ids->is_weak || !are_whole_constants(ids->value)) return ids;
  return cast(e, *ids, ir::DType::i32);
}

}  // namespace

Value gather(Elaboration& e, const CallSite& site) {
  const auto table = tensor_argument(e, site, 0), ids = ids_argument(e, site, 1);
  if (!table || !ids) return Poison{};
  const ir::Value operands[] = {table->value, ids->value};
  const auto rows = ir::try_append(e.graph(), ir::op::gather, operands, {}, e.diagnostics);
  if (!rows) return Poison{};
  DimList dims = ids->dims;
  dims.insert(dims.end(), table->dims.begin() + 1, table->dims.end());
  return Tensor{*rows, dims};
}

Value one_hot(Elaboration& e, const CallSite& site) {
  const auto ids = ids_argument(e, site, 0);
  const auto over = dims_over(e, site);
  if (!ids || !over) return Poison{};
  if (over->size() != 1) return misused(e, site, "one_hot");
  if (ir::is_float(ids->dtype()) || ids->dtype() == ir::DType::boolean) {
    e.report(site.location, Message::operand_dtype, "one_hot", e.text(*ids), "i32 or i64");
    return Poison{};
  }
  if (std::ranges::find(ids->dims, over->front()) != ids->dims.end()) {
    e.report(site.location, Message::dim_occurs_twice, e.text(over->front()), "the result");
    return Poison{};
  }
  DimList dims = ids->dims;
  dims.push_back(over->front());
  const ir::Type type{ids->dtype(), shape_of(dims)};
  if (!ir::is_valid({ir::DType::f64, type.shape})) {
    e.report(site.location, Message::tensor_too_large, type, ir::max_tensor_bytes);
    return Poison{};
  }
  e.locate(site.location);
  const ir::Value places = ir::iota(e.graph(), type, std::ssize(dims) - 1);
  const ir::Value is_place = ir::eq(aligned(e, *ids, dims).value, places);
  return Tensor{ir::cast(is_place, element_type(e, ir::DType::f32)), dims};
}

}  // namespace gradc::frontend::builtin
