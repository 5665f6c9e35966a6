/// Random kernels, compiled, against the interpreter: what nobody thought of.
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "codegen/contraction.h"
#include "kernel_law.h"

namespace gradc {
namespace {

using ir::Affine;
using ir::Coordinate;
using ir::Coordinates;
using ir::DType;
using ir::Kernel;
using ir::KernelBuilder;
using ir::loop_index;
using ir::Scalar;
using ir::ScalarOp;
using ir::Type;

/// More of them for a long run: GRADC_RANDOM_KERNELS=10000.
std::uint64_t seeds(std::uint64_t usual) {
  const char* wanted = std::getenv("GRADC_RANDOM_KERNELS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : usual;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool chance(int percent) { return number(1, 100) <= percent; }
  template <typename T>
  T pick(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(number(0, std::ssize(values) - 1))];
  }
  template <typename T>
  void shuffle(std::vector<T>& values) {
    std::shuffle(values.begin(), values.end(), random_);
  }
  std::mt19937_64& random() { return random_; }

 private:
  std::mt19937_64 random_;
};

std::vector<std::int64_t> random_extents(Dice& dice, std::int64_t loops, std::int64_t most_points) {
  std::vector<std::int64_t> out;
  std::int64_t points = 1;
  for (std::int64_t i = 0; i < loops; ++i) {
    const std::int64_t extent = dice.pick<std::int64_t>({1, 2, 3, 5, 8, 15, 16, 17, 20, 33, 70});
    out.push_back(points * extent <= most_points ? extent : dice.number(1, 2));
    points *= out.back();
  }
  return out;
}

/// Where an access goes along one axis, and an extent for the axis: mostly one that is never left.
struct Axis {
  Coordinate coordinate;
  std::int64_t extent;
};

Axis random_axis(Dice& dice, const std::vector<std::int64_t>& extents) {
  Affine affine;
  const std::int64_t terms = extents.empty() ? 0 : dice.pick<std::int64_t>({0, 1, 1, 1, 1, 2});
  for (std::int64_t i = 0; i < terms; ++i) {
    const auto loop = static_cast<std::size_t>(dice.number(0, std::ssize(extents) - 1));
    affine = affine + dice.pick<std::int64_t>({1, 1, 1, 1, 2, 3, -1}) * loop_index(loop);
  }
  const std::int64_t divisor = dice.chance(10) ? dice.number(2, 3) : 1;
  const ir::Interval range = ir::range_of(affine, extents);
  affine = affine + -range.low;
  std::int64_t extent = (range.high - range.low) / divisor + 1;
  if (dice.chance(20)) affine = affine + dice.number(-3, 3);
  if (dice.chance(20)) extent = std::max<std::int64_t>(extent - dice.number(0, 4), 0);
  if (dice.chance(20)) extent += dice.number(1, 4);
  return {{affine, divisor}, extent};
}

Scalar random_expression(Dice& dice, std::vector<Scalar>& values, int steps) {
  const bool is_real = is_float(values[0].dtype());
  for (int i = 0; i < steps; ++i) {
    const Scalar a = dice.pick(values), b = dice.pick(values);
    switch (dice.number(0, is_real ? 7 : 5)) {
      case 0:
        values.push_back(a + b);
        break;
      case 1:
        values.push_back(a - b);
        break;
      case 2:
        values.push_back(a * b);
        break;
      case 3:
        values.push_back(max(a, b));
        break;
      case 4:
        values.push_back(select(lt(a, b), b, a * 2));
        break;
      case 5:
        values.push_back(min(a, b + 1));
        break;
      case 6:
        values.push_back(tanh(a));
        break;
      default:
        values.push_back(exp(tanh(a)) + b);
    }
  }
  return values.back();
}

Kernel random_kernel(Dice& dice) {
  const DType dtype =
      dice.pick<DType>({DType::f64, DType::f64, DType::f64, DType::i32, DType::i64, DType::u8});
  const std::int64_t parallel = dice.number(0, 3), reduced = dice.number(0, 2);
  const std::vector<std::int64_t> extents = random_extents(dice, parallel + reduced, 3000);
  std::vector<Coordinates> accesses;
  std::vector<Type> operands;
  for (std::int64_t i = dice.number(1, 3); i > 0; --i) {
    Type type{dtype, {}};
    Coordinates coordinates;
    for (std::int64_t axis = dice.number(0, 3); axis > 0; --axis) {
      const Axis random = random_axis(dice, extents);
      type.shape.push_back(random.extent);
      coordinates.push_back(random.coordinate);
    }
    operands.push_back(type);
    accesses.push_back(coordinates);
  }

  KernelBuilder builder(extents, static_cast<std::size_t>(parallel), operands);
  std::vector<Scalar> values;
  for (std::size_t i = 0; i < accesses.size(); ++i) values.push_back(builder.load(i, accesses[i]));
  if (!extents.empty() && dice.chance(20))
    values.push_back(cast(
        builder.index(static_cast<std::size_t>(dice.number(0, std::ssize(extents) - 1))), dtype));
  Scalar value = random_expression(dice, values, static_cast<int>(dice.number(0, 4)));
  std::vector<Scalar> fixed;  // values that do not vary
  for (std::int64_t i = dice.number(1, 2); i > 0 && reduced > 0; --i) {
    const auto op =
        dice.pick<ScalarOp>({ScalarOp::reduce_add, ScalarOp::reduce_add, ScalarOp::reduce_max,
                             ScalarOp::reduce_min, ScalarOp::reduce_argmax});
    const Scalar result = cast(builder.append(op, {value}), dtype);
    fixed.push_back(result);
    values.push_back(result);
    value = random_expression(dice, values, 2);
  }
  if (!fixed.empty()) random_expression(dice, fixed, 2);

  // Results with a value per point, and results with one per point of the parallel loops.
  const auto output = [&](Scalar result, std::int64_t loops) {
    std::vector<std::size_t> order(static_cast<std::size_t>(loops));
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (dice.chance(30)) dice.shuffle(order);
    Type type{result.dtype(), {}};
    Coordinates coordinates;
    for (const std::size_t loop : order) {
      type.shape.push_back(extents[loop]);
      coordinates.emplace_back(loop_index(loop));
    }
    builder.output({result.id, type, coordinates});
  };
  const bool has_fixed = reduced == 0 || !fixed.empty();
  if (!has_fixed || dice.chance(70)) output(value, parallel + reduced);
  if (has_fixed && dice.chance(70)) output(reduced == 0 ? value : fixed.back(), parallel);
  if (builder.kernel().outputs.empty()) output(value, parallel + reduced);
  return builder.finish();
}

TEST(RandomKernel, IsCompiledRight) {
  for (std::uint64_t seed = 0; seed < seeds(150); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const Kernel kernel = random_kernel(dice);
    const auto operands = random_operands(kernel, seed);
    expect_law(kernel, operands, targets()[seed % targets().size()]);
    expect_law(kernel, operands, host());
    if (HasFatalFailure()) return;
  }
}

/// Loops of two factors in any order, some shared; a bias and an activation.
Kernel random_contraction(Dice& dice) {
  const DType dtype = dice.pick<DType>({DType::f32, DType::f64});
  std::vector<std::int64_t> extents;
  std::vector<std::size_t> of_x, of_y;
  const std::int64_t parallel = dice.number(2, 4), reduced = dice.number(1, 3);
  for (std::int64_t loop = 0; loop < parallel + reduced; ++loop) {
    const bool is_sum = loop >= parallel;
    const std::int64_t role = loop == 0 ? 0 : loop == 1 ? 1 : dice.number(0, 2);
    if (is_sum || role != 1) of_x.push_back(static_cast<std::size_t>(loop));
    if (is_sum || role != 0) of_y.push_back(static_cast<std::size_t>(loop));
    extents.push_back(loop < 2 ? dice.pick<std::int64_t>({7, 14, 16, 20, 31, 33})
                               : dice.pick<std::int64_t>({1, 2, 3, 5, 9}));
  }
  const auto factor = [&](std::vector<std::size_t> loops) {
    dice.shuffle(loops);
    std::pair<Type, Coordinates> out{{dtype, {}}, {}};
    for (const std::size_t loop : loops) {
      const bool is_padded = dice.chance(8);
      out.first.shape.push_back(extents[loop] - (is_padded ? 1 : 0));
      out.second.emplace_back(loop_index(loop) + (is_padded && dice.chance(50) ? -1 : 0));
    }
    return out;
  };
  const auto [x_type, x_access] = factor(of_x);
  const auto [y_type, y_access] = factor(of_y);
  const std::vector<std::size_t> some =
      dice.chance(50) ? std::vector<std::size_t>{0} : std::vector<std::size_t>{1, 0};
  Type bias_type{dtype, {}};
  Coordinates bias_access;
  for (const std::size_t loop : some) {
    bias_type.shape.push_back(extents[loop]);
    bias_access.emplace_back(loop_index(loop));
  }
  std::vector<std::size_t> order(static_cast<std::size_t>(parallel));
  std::iota(order.begin(), order.end(), std::size_t{0});
  dice.shuffle(order);
  Type result{dtype, {}};
  Coordinates where;
  for (const std::size_t loop : order) {
    result.shape.push_back(extents[loop]);
    where.emplace_back(loop_index(loop));
  }

  KernelBuilder builder(extents, static_cast<std::size_t>(parallel), {x_type, y_type, bias_type});
  Scalar x = builder.load(0, x_access), y = builder.load(1, y_access);
  if (dice.chance(20)) x = x * x - 1;
  if (dice.chance(20)) y = tanh(y);
  Scalar sum = builder.append(ScalarOp::reduce_add, {x * y});
  if (dice.chance(50)) sum = sum + builder.load(2, bias_access);
  if (dice.chance(30)) sum = tanh(sum * 0.1);
  builder.output({sum.id, result, where});
  return builder.finish();
}

TEST(RandomContraction, IsCompiledRight) {
  std::size_t tiled = 0;
  const std::uint64_t count = seeds(80);
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const Kernel kernel = random_contraction(dice);
    if (codegen::find_contraction(codegen::nest_of(kernel), host())) ++tiled;
    const auto operands = random_operands(kernel, seed);
    expect_law(kernel, operands, targets()[seed % targets().size()]);
    expect_law(kernel, operands, host());
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(tiled, count / 3);
}

}  // namespace
}  // namespace gradc
