#include <bit>
#include <cassert>

#include "ir/kernel.h"

namespace gradc::ir {

namespace {

DType result_type(ScalarOp op, std::span<const Scalar> arguments) {
  if (is_comparison(op)) return DType::boolean;
  if (op == ScalarOp::reduce_argmax) return DType::i32;
  assert(op != ScalarOp::cast && op != ScalarOp::random && !arguments.empty() &&
         "this instruction's type does not follow from its arguments");
  return arguments[op == ScalarOp::select ? 1 : 0].dtype();
}

/// All arguments have one type; the condition of a `select` and the arguments of `random` aside.
[[maybe_unused]] bool arguments_agree(ScalarOp op, std::span<const Scalar> arguments) {
  if (std::ssize(arguments) != arity(op)) return false;
  if (op == ScalarOp::select && arguments[0].dtype() != DType::boolean) return false;
  for (std::size_t i = op == ScalarOp::select ? 2 : 1; i < arguments.size(); ++i)
    if (arguments[i].dtype() != arguments[i - 1].dtype()) return false;
  return true;
}

}  // namespace

DType Scalar::dtype() const { return builder->kernel().body[id].dtype; }

KernelBuilder::KernelBuilder(std::vector<std::int64_t> extents, std::size_t parallel,
                             std::vector<Type> operands) {
  assert(parallel <= extents.size() && "the parallel loops are some of the loops");
  kernel_.extents = std::move(extents);
  kernel_.parallel = parallel;
  kernel_.operands = std::move(operands);
}

Scalar KernelBuilder::add(Instruction instruction) {
  const auto key = std::tuple(instruction.op, instruction.dtype, instruction.arguments,
                              std::bit_cast<std::int64_t>(instruction.real), instruction.integer);
  const auto [entry, is_new] = seen_.try_emplace(key, static_cast<ScalarId>(kernel_.body.size()));
  if (is_new) kernel_.body.push_back(std::move(instruction));
  return {this, entry->second};
}

Scalar KernelBuilder::constant(DType dtype, double value) {
  return constant(dtype, convert({.real = value}, DType::f64, dtype));
}

Scalar KernelBuilder::constant(DType dtype, Number value) {
  return add({ScalarOp::constant, dtype, {}, value.real, value.integer});
}

Scalar KernelBuilder::index(std::size_t loop) {
  assert(loop < kernel_.extents.size() && "an index of a loop of the kernel");
  return add({ScalarOp::index, DType::i64, {}, 0, static_cast<std::int64_t>(loop)});
}

Scalar KernelBuilder::load(std::size_t operand, Coordinates coordinates) {
  assert(std::ssize(coordinates) == kernel_.operands[operand].rank() && "one coordinate per axis");
  Access access{static_cast<std::uint32_t>(operand), std::move(coordinates)};
  std::size_t number = 0;
  while (number < kernel_.accesses.size() && kernel_.accesses[number] != access) ++number;
  if (number == kernel_.accesses.size()) kernel_.accesses.push_back(std::move(access));
  return add(
      {ScalarOp::load, kernel_.operands[operand].dtype, {}, 0, static_cast<std::int64_t>(number)});
}

Scalar KernelBuilder::load(std::size_t operand) {
  Coordinates coordinates;
  for (std::size_t axis = 0; axis < kernel_.operands[operand].shape.size(); ++axis)
    coordinates.emplace_back(loop_index(axis));
  return load(operand, std::move(coordinates));
}

Scalar KernelBuilder::append(ScalarOp op, std::vector<Scalar> arguments) {
  const DType result = result_type(op, arguments);
  return append(op, result, std::move(arguments));
}

Scalar KernelBuilder::append(ScalarOp op, DType result, std::vector<Scalar> arguments,
                             std::int64_t integer) {
  assert(arguments_agree(op, arguments) &&
         "arguments of one type, as many as the instruction takes");
  std::vector<ScalarId> ids;
  for (const Scalar& argument : arguments) ids.push_back(argument.id);
  return add({op, result, std::move(ids), 0, integer});
}

void KernelBuilder::output(Scalar value, Type type) {
  assert(value.dtype() == type.dtype && "a result has its instruction's type");
  Coordinates coordinates;
  for (std::size_t axis = 0; axis < type.shape.size(); ++axis)
    coordinates.emplace_back(loop_index(axis));
  output({value.id, std::move(type), std::move(coordinates)});
}

// ---- Operators -------------------------------------------------------------------------------

#define GRADC_UNARY(name) \
  Scalar name(Scalar a) { return a.builder->append(ScalarOp::name, {a}); }
#define GRADC_BINARY(name) \
  Scalar name(Scalar a, Scalar b) { return a.builder->append(ScalarOp::name, {a, b}); }
GRADC_UNARY(exp)
GRADC_UNARY(log)
GRADC_UNARY(sqrt)
GRADC_UNARY(sin)
GRADC_UNARY(cos)
GRADC_UNARY(tanh)
GRADC_UNARY(sigmoid)
GRADC_UNARY(erf)
GRADC_UNARY(floor)
GRADC_UNARY(round)
GRADC_UNARY(abs)
GRADC_UNARY(not_)
GRADC_BINARY(pow)
GRADC_BINARY(max)
GRADC_BINARY(min)
GRADC_BINARY(rem)
GRADC_BINARY(eq)
GRADC_BINARY(ne)
GRADC_BINARY(lt)
GRADC_BINARY(le)
GRADC_BINARY(and_)
GRADC_BINARY(or_)
#undef GRADC_UNARY
#undef GRADC_BINARY

namespace {

Scalar like(Scalar other, double value) { return other.builder->constant(other.dtype(), value); }

}  // namespace

Scalar operator+(Scalar a, Scalar b) { return a.builder->append(ScalarOp::add, {a, b}); }
Scalar operator-(Scalar a, Scalar b) { return a.builder->append(ScalarOp::sub, {a, b}); }
Scalar operator*(Scalar a, Scalar b) { return a.builder->append(ScalarOp::mul, {a, b}); }
Scalar operator/(Scalar a, Scalar b) { return a.builder->append(ScalarOp::div, {a, b}); }
Scalar operator-(Scalar a) { return a.builder->append(ScalarOp::neg, {a}); }
Scalar operator+(Scalar a, double b) { return a + like(a, b); }
Scalar operator-(Scalar a, double b) { return a - like(a, b); }
Scalar operator-(double a, Scalar b) { return like(b, a) - b; }
Scalar operator*(Scalar a, double b) { return a * like(a, b); }
Scalar operator/(double a, Scalar b) { return like(b, a) / b; }
Scalar select(Scalar condition, Scalar a, Scalar b) {
  return a.builder->append(ScalarOp::select, {condition, a, b});
}
Scalar cast(Scalar a, DType dtype) {
  return a.dtype() == dtype ? a : a.builder->append(ScalarOp::cast, dtype, {a});
}

}  // namespace gradc::ir
