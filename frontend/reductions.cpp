#include "frontend/axes.h"
#include "frontend/builtin_functions.h"
#include "frontend/conversions.h"
#include "frontend/operators.h"
#include "ir/ops.h"

namespace gradc::frontend::builtin {

namespace {

/// Truth values and integers as reals, to be added up.
Tensor as_real(Elaboration& e, const Tensor& x) {
  return ir::is_float(x.dtype()) ? x : cast(e, x, element_type(e, ir::DType::f32));
}

Value reduce(Elaboration& e, const ir::Op& op, const Tensor& x, const CallSite& site) {
  if (site.over.empty()) return apply_over(e, op, x, std::nullopt, site.location);
  const auto over = dims_over(e, site);
  return over ? apply_over(e, op, x, over, site.location) : Poison{};
}

}  // namespace

Value sum(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  return reduce(e, ir::op::sum, x->dtype() == ir::DType::boolean ? as_real(e, *x) : *x, site);
}

Value mean(Elaboration& e, const CallSite& site) {
  const auto x = tensor_argument(e, site, 0);
  if (!x) return Poison{};
  const Tensor real = as_real(e, *x);
  const Value total = reduce(e, ir::op::sum, real, site);
  const Tensor* sum = total.get_if<Tensor>();
  if (!sum) return Poison{};
  const auto before = real.value.type().elements(), after = sum->value.type().elements();
  const double count = after == 0 ? 1 : static_cast<double>(before) / static_cast<double>(after);
  return apply_binary(e, ast::BinaryOperator::divide, total, Value(count), site.location);
}

Value dot(Elaboration& e, const CallSite& site) {
  const auto over = dims_over(e, site);
  if (!over) return Poison{};
  if (over->empty()) return misused(e, site, "dot");
  return frontend::dot(e, site.arguments[0].value, site.arguments[1].value, *over, site.location);
}

Value size(Elaboration& e, const CallSite& site) {
  const Value& x = site.arguments[0].value;
  if (x.is<Dim>()) return x;
  const auto tensor = tensor_argument(e, site, 0);
  const auto product = tensor ? e.dims.product(tensor->dims) : std::nullopt;
  return product ? Value(*product) : Poison{};
}

}  // namespace gradc::frontend::builtin
