#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// log(u) for u = 1 + x, plus what rounding lost of x (Kahan). Beyond 1 nothing that matters is
/// lost.
Scalar log_of_one_plus(Scalar x) {
  const Scalar u = x + 1;
  const Scalar one = x.builder->constant(x.dtype(), 1);
  const Scalar lost = (x - (u - 1)) / u;
  return log(u) + select(lt(abs(x), one), lost, x.builder->constant(x.dtype(), 0));
}

}  // namespace

const Op op_log1p = {
    .name = "log1p",
    .doc = "Natural logarithm of `1 + x`, elementwise, accurate near 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .gradient = [](Value y, Value dy) -> Gradients { return {dy / (1 + y.operand(0))}; },
    .kernel = elementwise(log_of_one_plus),
    .examples = {{{{{DType::f64, {3, 4}}, -0.9, 2}}}},
};

Value log1p(Value x) { return append(op::log1p, {x}); }

}  // namespace gradc::ir
