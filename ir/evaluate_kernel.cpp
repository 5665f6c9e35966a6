/// What a kernel means: the obvious interpreter, stage by stage.
#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>

#include "ir/kernel.h"

namespace gradc::ir {

namespace {

std::int64_t value_of(const Affine& affine, std::span<const std::int64_t> loops) {
  std::int64_t out = affine.constant;
  for (std::size_t i = 0; i < affine.coefficients.size(); ++i)
    out += affine.coefficients[i] * loops[i];
  return out;
}

Number element(const Tensor& tensor, std::int64_t index) {
  if (is_float(tensor.type().dtype)) return {.real = tensor.real(index)};
  return {.integer = tensor.integer(index)};
}

void set_element(Tensor& tensor, std::int64_t index, Number value) {
  if (is_float(tensor.type().dtype))
    tensor.set_real(index, value.real);
  else
    tensor.set_integer(index, value.integer);
}

/// The result of a reduction over nothing.
Number identity(ScalarOp op, DType dtype) {
  const auto lowest = [&]() -> std::int64_t {
    if (dtype == DType::i32) return std::numeric_limits<std::int32_t>::min();
    return dtype == DType::i64 ? std::numeric_limits<std::int64_t>::min() : 0;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (op) {
    case ScalarOp::reduce_mul:
      return {.real = 1, .integer = 1};
    case ScalarOp::reduce_max:
    case ScalarOp::reduce_argmax:
      return {.real = -infinity, .integer = lowest()};
    case ScalarOp::reduce_min: {
      const Number largest = convert({.real = infinity}, DType::f64, dtype);
      return {.real = infinity, .integer = largest.integer};
    }
    default:
      return {};
  }
}

/// One reduction on its way over the reduction loops.
struct Accumulator {
  Number value;
  std::int64_t winner = 0;  // of argmax
};

class Interpreter {
 public:
  Interpreter(const Kernel& kernel, std::span<const Tensor* const> operands)
      : kernel_(kernel),
        operands_(operands),
        staging_(stage(kernel)),
        loops_(kernel.extents.size()),
        values_(kernel.body.size()) {
    for (const Output& output : kernel.outputs) results_.emplace_back(output.type);
  }

  std::vector<Tensor> run() {
    for_all(0, kernel_.parallel, [&](std::int64_t) {
      for (int pass = 0; pass < staging_.passes; ++pass) reduce(pass);
      write();
    });
    return std::move(results_);
  }

 private:
  /// Call `f` at every point of the loops first … last - 1, in row-major order, with its number.
  template <typename F>
  void for_all(std::size_t first, std::size_t last, F f) {
    const auto extents = std::span(kernel_.extents).subspan(first, last - first);
    std::int64_t points = 1;
    for (const std::int64_t extent : extents) points *= extent;
    std::fill(loops_.begin() + static_cast<std::ptrdiff_t>(first),
              loops_.begin() + static_cast<std::ptrdiff_t>(last), 0);
    for (std::int64_t point = 0; point < points; ++point) {
      f(point);
      for (std::size_t loop = last; loop-- > first;) {
        if (++loops_[loop] < kernel_.extents[loop]) break;
        loops_[loop] = 0;
      }
    }
  }

  /// Compute everything that is known after `pass` passes.
  void compute(int pass) {
    for (std::size_t i = 0; i < kernel_.body.size(); ++i)
      if (staging_.stage[i] <= pass && !is_reduction(kernel_.body[i].op))
        values_[i] = compute(kernel_.body[i]);
  }

  Number compute(const Instruction& instruction) const {
    const auto argument = [&](std::size_t i) {
      return i < instruction.arguments.size() ? values_[instruction.arguments[i]] : Number{};
    };
    switch (instruction.op) {
      case ScalarOp::constant:
        return {instruction.real, instruction.integer};
      case ScalarOp::index:
        return {.integer = loops_[static_cast<std::size_t>(instruction.integer)]};
      case ScalarOp::load:
        return load(kernel_.accesses[static_cast<std::size_t>(instruction.integer)]);
      case ScalarOp::cast:
        return convert(argument(0), dtype_of(instruction.arguments[0]), instruction.dtype);
      case ScalarOp::random: {
        const double uniform = random_uniform(argument(0).integer, argument(1).integer,
                                              argument(2).integer, instruction.integer);
        return {.real = uniform};
      }
      default:
        break;
    }
    const DType dtype = dtype_of(instruction.arguments[instruction.op == ScalarOp::select ? 1 : 0]);
    return apply(instruction.op, dtype, argument(0), argument(1), argument(2));
  }

  /// The row-major number of the element at the coordinates; nothing outside the shape.
  std::optional<std::int64_t> locate(const Coordinates& coordinates, const Shape& shape) const {
    std::int64_t out = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const Coordinate& c = coordinates[axis];
      std::int64_t at = value_of(c.affine, loops_);
      if (at % c.divisor != 0) return std::nullopt;
      at /= c.divisor;
      if (c.indirect != no_scalar) at += values_[c.indirect].integer;
      if (at < 0 || at >= shape[axis]) return std::nullopt;
      out = out * shape[axis] + at;
    }
    return out;
  }

  Number load(const Access& access) const {
    const Tensor& operand = *operands_[access.operand];
    const auto at = locate(access.coordinates, operand.type().shape);
    return at ? element(operand, *at) : Number{};
  }

  /// One pass over the reduction loops, for the reductions whose arguments are known by then.
  void reduce(int pass) {
    std::vector<ScalarId> reductions;
    for (ScalarId i = 0; i < kernel_.body.size(); ++i)
      if (is_reduction(kernel_.body[i].op) && staging_.stage[i] == pass + 1)
        reductions.push_back(i);

    std::vector<Accumulator> accumulators;
    for (const ScalarId i : reductions)
      accumulators.push_back(
          {identity(kernel_.body[i].op, dtype_of(kernel_.body[i].arguments[0]))});
    for_all(kernel_.parallel, kernel_.extents.size(), [&](std::int64_t point) {
      compute(pass);
      for (std::size_t i = 0; i < reductions.size(); ++i)
        accumulate(kernel_.body[reductions[i]], accumulators[i], point);
    });
    for (std::size_t i = 0; i < reductions.size(); ++i) {
      const Instruction& reduction = kernel_.body[reductions[i]];
      const bool is_argmax = reduction.op == ScalarOp::reduce_argmax;
      values_[reductions[i]] = is_argmax ? Number{.integer = accumulators[i].winner}
                                         : rounded(accumulators[i].value, reduction.dtype);
    }
  }

  void accumulate(const Instruction& reduction, Accumulator& accumulator,
                  std::int64_t point) const {
    const Number value = values_[reduction.arguments[0]];
    // A sum of f32 is added up in f64 and rounded once: the reference should be the better number.
    const DType dtype =
        reduction.dtype == DType::f32 ? DType::f64 : dtype_of(reduction.arguments[0]);
    const auto combine = [&](ScalarOp op) {
      return apply(op, dtype, accumulator.value, value, {});
    };
    switch (reduction.op) {
      case ScalarOp::reduce_add:
        accumulator.value = combine(ScalarOp::add);
        break;
      case ScalarOp::reduce_mul:
        accumulator.value = combine(ScalarOp::mul);
        break;
      case ScalarOp::reduce_max:
        accumulator.value = combine(ScalarOp::max);
        break;
      case ScalarOp::reduce_min:
        accumulator.value = combine(ScalarOp::min);
        break;
      case ScalarOp::reduce_argmax:
        if (combine(ScalarOp::lt).integer == 0) break;
        accumulator = {value, point};
        break;
      default:
        assert(false && "a reduction");
    }
  }

  /// Write the outputs of one point of the parallel loops: those that vary once per point of the
  /// reduction loops, the others once.
  void write() {
    compute_invariant();
    for (std::size_t i = 0; i < results_.size(); ++i)
      if (!varies(kernel_.outputs[i])) write(kernel_.outputs[i], results_[i]);
    if (std::ranges::none_of(kernel_.outputs, [&](const Output& o) { return varies(o); })) return;
    for_all(kernel_.parallel, kernel_.extents.size(), [&](std::int64_t) {
      compute(staging_.passes);
      for (std::size_t i = 0; i < results_.size(); ++i)
        if (varies(kernel_.outputs[i])) write(kernel_.outputs[i], results_[i]);
    });
  }

  /// As compute(), without what needs an index of a reduction loop: there may be no such index.
  void compute_invariant() {
    for (std::size_t i = 0; i < kernel_.body.size(); ++i)
      if (!staging_.varies[i] && !is_reduction(kernel_.body[i].op))
        values_[i] = compute(kernel_.body[i]);
  }

  void write(const Output& output, Tensor& result) const {
    const auto at = locate(output.coordinates, output.type.shape);
    if (!at) {
      assert(output.accumulate && "only a scatter may miss its result");
      return;
    }
    const Number value = values_[output.value];
    set_element(result, *at,
                output.accumulate
                    ? apply(ScalarOp::add, output.type.dtype, element(result, *at), value, {})
                    : value);
  }

  bool varies(const Output& output) const {
    return staging_.varies[output.value] ||
           std::ranges::any_of(output.coordinates, [&](const Coordinate& c) {
             if (c.indirect != no_scalar && staging_.varies[c.indirect]) return true;
             return c.affine.coefficients.size() > kernel_.parallel;  // trailing zeros are dropped
           });
  }

  DType dtype_of(ScalarId id) const { return kernel_.body[id].dtype; }
  static Number rounded(Number value, DType dtype) {
    return is_float(dtype) ? convert(value, DType::f64, dtype) : value;
  }

  const Kernel& kernel_;
  std::span<const Tensor* const> operands_;
  Staging staging_;
  std::vector<std::int64_t> loops_;  // the point the interpreter is at
  std::vector<Number> values_;       // of each instruction, at that point
  std::vector<Tensor> results_;
};

}  // namespace

std::vector<Tensor> evaluate(const Kernel& kernel, std::span<const Tensor* const> operands) {
  assert(operands.size() == kernel.operands.size() && "one tensor per operand");
  for (std::size_t i = 0; i < operands.size(); ++i)
    assert(operands[i]->type() == kernel.operands[i] && "operands have the kernel's types");
  return Interpreter(kernel, operands).run();
}

}  // namespace gradc::ir
