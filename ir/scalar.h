#pragma once
/// The instructions of a kernel's body (scalar.def).
#include <cstdint>
#include <string_view>

#include "ir/type.h"

namespace gradc::ir {

enum class ScalarOp : std::uint8_t {
#define SCALAR(name, arity, meaning) name,
#include "ir/scalar.def"
#undef SCALAR
};

std::string_view name(ScalarOp op);
int arity(ScalarOp op);
constexpr bool is_reduction(ScalarOp op) { return op >= ScalarOp::reduce_add; }
constexpr bool is_comparison(ScalarOp op) { return op >= ScalarOp::eq && op <= ScalarOp::le; }

/// One arithmetic instruction on numbers: what it computes, for the interpreter and for constant
/// folding. Leaves, casts, random numbers and reductions are not here. Bools and integers are
/// exact in `integer`; reals live in `real`.
struct Number {
  double real = 0;
  std::int64_t integer = 0;
};
/// `dtype` is the type of the arguments (of the second one for `select`).
Number apply(ScalarOp op, DType dtype, Number a, Number b, Number c);
/// As `cast`.
Number convert(Number value, DType from, DType to);
/// As `random`: Philox4x32-10; the result is a multiple of 2^-24 in [0, 1).
double random_uniform(std::int64_t seed, std::int64_t step, std::int64_t element,
                      std::int64_t site_and_word);

}  // namespace gradc::ir
