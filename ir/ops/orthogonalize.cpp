#include "ir/messages.h"
#include "ir/ops.h"

namespace gradc::ir {

namespace {

/// x times a polynomial of its Gram matrix G, which does to every singular value s what
/// `a s + b s^3 + c s^5` does. G is that of the rows or of the columns, whichever are fewer.
Value newton_schulz(Value x, double a, double b, double c) {
  const bool by_rows = x.shape()[0] <= x.shape()[1];
  const Value gram = contract(x, x, by_rows ? "ik,jk->ij" : "ki,kj->ij");
  const Value polynomial = b * gram + c * contract(gram, gram, "ik,kj->ij");
  return a * x +
         (by_rows ? contract(polynomial, x, "ik,kj->ij") : contract(x, polynomial, "ik,kj->ij"));
}

/// Newton-Schulz iteration (Björck and Bowie 1971): all singular values go to 1, so what is left of
/// a matrix is its orthogonal factor. The first steps raise small ones by 3.4 each and keep the
/// others near 1 (coefficients of Jordan et al. 2024); the last ones have the error to its third
/// power.
Value orthogonal_factor(Value y) {
  constexpr int raising = 18, polishing = 4;
  Value x = y.operand(0);
  const Value length = sqrt(sum(x * x, {0, 1}));
  x = x / along(length, x, {0, 1});
  for (int i = 0; i < raising; ++i) x = newton_schulz(x, 3.4445, -4.7750, 2.0315);
  for (int i = 0; i < polishing; ++i) x = newton_schulz(x, 1.875, -1.25, 0.375);
  return x;
}

std::optional<Type> matrix_type(const Call& call, Diagnostics& diagnostics) {
  const Type& x = call.type(0);
  if (!is_float(x.dtype))
    return diagnostics.report(call.location, Message::operand_dtype, "orthogonalize", x,
                              "f32 or f64");
  if (x.rank() != 2)
    return diagnostics.report(call.location, Message::operand_rank, "orthogonalize", x, 2);
  return x;
}

}  // namespace

const Op op_orthogonalize = {
    .name = "orthogonalize",
    .doc = "The matrix nearest to x whose rows or columns, whichever are fewer, are orthonormal.",
    .operands = {"x"},
    .infer_type = matrix_type,
    .expand = orthogonal_factor,
    .examples = {{{{{DType::f64, {3, 4}}}}}, {{{{DType::f64, {5, 2}}}}}},
};

Value orthogonalize(Value x) { return append(op::orthogonalize, {x}); }

}  // namespace gradc::ir
