#include "ir/ops.h"

namespace gradc::ir {

const Op op_sign = {
    .name = "sign",
    .doc = "1 where `x > 0`, -1 where `x < 0`, else 0, elementwise; its slope is 0.",
    .operands = {"x"},
    .form = Form::elementwise,
    .infer_type = same_type(true),
    .differentiability = Differentiability::constant,
    .kernel = elementwise([](Scalar x) {
      const Scalar zero = x.builder->constant(x.dtype(), 0);
      const Scalar one = x.builder->constant(x.dtype(), 1);
      return select(lt(zero, x), one, select(lt(x, zero), -one, zero));
    }),
    .examples = {{{{{DType::f64, {3, 4}}}}}},
};

Value sign(Value x) { return append(op::sign, {x}); }

}  // namespace gradc::ir
