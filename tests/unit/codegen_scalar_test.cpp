#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llvm/Object/ObjectFile.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "ir/tensor.h"
#include "jit_function.h"
#include "kernel_law.h"
#include "ulp.h"

namespace gradc {
namespace {

using ir::DType;
using ir::Number;
using ir::ScalarOp;
using ir::Tensor;

constexpr DType all_dtypes[] = {DType::f32, DType::f64, DType::i32,
                                DType::i64, DType::u8,  DType::boolean};
constexpr unsigned all_lanes[] = {1, 4, 8, 16};
constexpr std::int64_t count = 4096;

/// Numbers at which instructions change their behaviour, of the type or rounded to it.
std::vector<Number> edges(DType dtype) {
  using Double = std::numeric_limits<double>;
  std::vector<Number> out;
  if (is_float(dtype)) {
    for (const double x : {0.0,
                           1.0,
                           0.5,
                           1.5,
                           2.5,
                           3.0,
                           127.0,
                           255.0,
                           256.0,
                           0x1p31,
                           0x1p31 - 1,
                           0x1p32,
                           0x1p63,
                           0x1p24 + 1,
                           1e10,
                           1e30,
                           1e-30,
                           1e300,
                           Double::min(),
                           Double::infinity(),
                           Double::quiet_NaN(),
                           0x1p62,
                           2147483648.5,
                           0.999999999})
      for (const double signed_x : {x, -x})
        out.push_back(ir::convert({.real = signed_x}, DType::f64, dtype));
    return out;
  }
  using Long = std::numeric_limits<std::int64_t>;
  using Int = std::numeric_limits<std::int32_t>;
  for (const std::int64_t x :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{2}, std::int64_t{3},
        std::int64_t{-7}, std::int64_t{127}, std::int64_t{128}, std::int64_t{255},
        std::int64_t{Int::max()}, std::int64_t{Int::min()}, Long::max(), Long::min(),
        (std::int64_t{1} << 53) + 1, (std::int64_t{1} << 24) + 1, (std::int64_t{1} << 60) + 3})
    out.push_back(ir::convert({.integer = x}, DType::i64, dtype));
  return out;
}

Number random_number(DType dtype, std::mt19937_64& random) {
  const auto bits = static_cast<std::int64_t>(random());
  if (!is_float(dtype)) return ir::convert({.integer = bits >> (bits & 63)}, DType::i64, dtype);
  const double real =
      static_cast<double>(bits) * std::ldexp(1.0, -63 + static_cast<int>(random() % 8));
  return ir::convert({.real = real}, DType::f64, dtype);
}

Number element(const Tensor& tensor, std::int64_t i) {
  return is_float(tensor.type().dtype) ? Number{.real = tensor.real(i)}
                                       : Number{.integer = tensor.integer(i)};
}

void set_element(Tensor& tensor, std::int64_t i, Number number) {
  if (is_float(tensor.type().dtype)) return tensor.set_real(i, number.real);
  tensor.set_integer(i, number.integer);
}

/// Every edge of the last argument meets every edge of the first; then come random numbers.
std::vector<Tensor> arguments_of(const std::vector<DType>& dtypes) {
  std::vector<Tensor> out;
  std::int64_t repeat = 1;
  for (const DType dtype : dtypes) {
    std::mt19937_64 random(out.size());
    const std::vector<Number> special = edges(dtype);
    const auto specials = std::ssize(special);
    Tensor& argument = out.emplace_back(ir::Type{dtype, {count}});
    for (std::int64_t i = 0; i < count; ++i) {
      const bool is_edge = i < 2500;
      set_element(argument, i,
                  is_edge ? special[static_cast<std::size_t>(i / repeat % specials)]
                          : random_number(dtype, random));
    }
    repeat *= specials;
  }
  return out;
}

std::vector<const void*> data(const std::vector<Tensor>& tensors) {
  std::vector<const void*> out;
  for (const Tensor& tensor : tensors) out.push_back(tensor.data());
  return out;
}

/// Errors that the elementary functions may have; all else is exact. The interpreter's are libm's.
bool is_elementary(ScalarOp op) { return op >= ScalarOp::exp && op <= ScalarOp::pow; }

bool agrees(ScalarOp op, DType dtype, Number got, Number want) {
  if (!is_float(dtype)) return got.integer == want.integer;
  if (std::isnan(want.real)) return std::isnan(got.real);
  if (!is_elementary(op))
    return got.real == want.real && std::signbit(got.real) == std::signbit(want.real);
  return dtype == DType::f32 ? ulps(static_cast<float>(got.real), want.real) <= 2.5
                             : ulps(got.real, static_cast<long double>(want.real)) <= 3.5;
}

using Reference = std::function<Number(std::span<const Number>)>;

void expect_agreement(const ir::Instruction& instruction, const std::vector<DType>& dtypes,
                      const Reference& reference, const codegen::Target& target = host()) {
  const std::vector<Tensor> arguments = arguments_of(dtypes);
  for (const unsigned lanes : all_lanes) {
    Tensor results(ir::Type{instruction.dtype, {count}});
    JitFunction(instruction, dtypes, lanes, target)(data(arguments), results.data(), count);
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<Number> numbers;
      for (const Tensor& argument : arguments) numbers.push_back(element(argument, i));
      const Number want = reference(numbers), got = element(results, i);
      ASSERT_TRUE(agrees(instruction.op, instruction.dtype, got, want))
          << name(instruction.op) << " " << name(dtypes[0]) << " -> " << name(instruction.dtype)
          << " in " << lanes << " lanes of " << target.cpu << ": "
          << fmt::format("({}, {}), …: {} {} instead of {} {}", numbers[0].real, numbers[0].integer,
                         got.real, got.integer, want.real, want.integer);
    }
  }
}

/// As ir::apply says.
void expect_arithmetic(ScalarOp op, DType dtype, DType result,
                       const codegen::Target& target = host()) {
  std::vector<DType> dtypes(static_cast<std::size_t>(arity(op)), dtype);
  const auto reference = [&](std::span<const Number> n) {
    return ir::apply(op, dtype, n[0], n.size() > 1 ? n[1] : Number{}, {});
  };
  expect_agreement({.op = op, .dtype = result}, dtypes, reference, target);
}

TEST(EmitScalar, ArithmeticOnEveryType) {
  for (const ScalarOp op :
       {ScalarOp::add, ScalarOp::sub, ScalarOp::mul, ScalarOp::div, ScalarOp::rem, ScalarOp::max,
        ScalarOp::min, ScalarOp::neg, ScalarOp::abs})
    for (const DType dtype : all_dtypes) expect_arithmetic(op, dtype, dtype);
}

TEST(EmitScalar, FunctionsOfReals) {
  for (const ScalarOp op :
       {ScalarOp::exp, ScalarOp::log, ScalarOp::sqrt, ScalarOp::sin, ScalarOp::cos, ScalarOp::tanh,
        ScalarOp::sigmoid, ScalarOp::erf, ScalarOp::pow, ScalarOp::floor, ScalarOp::round})
    for (const DType dtype : {DType::f32, DType::f64}) expect_arithmetic(op, dtype, dtype);
}

TEST(EmitScalar, Comparisons) {
  for (const ScalarOp op : {ScalarOp::eq, ScalarOp::ne, ScalarOp::lt, ScalarOp::le})
    for (const DType dtype : all_dtypes) expect_arithmetic(op, dtype, DType::boolean);
}

TEST(EmitScalar, LogicAndChoice) {
  for (const ScalarOp op : {ScalarOp::and_, ScalarOp::or_, ScalarOp::not_})
    expect_arithmetic(op, DType::boolean, DType::boolean);
  for (const DType dtype : all_dtypes)
    expect_agreement({.op = ScalarOp::select, .dtype = dtype}, {DType::boolean, dtype, dtype},
                     [&](std::span<const Number> n) {
                       return ir::apply(ScalarOp::select, dtype, n[0], n[1], n[2]);
                     });
}

TEST(EmitScalar, ConversionsOfEveryPair) {
  for (const codegen::Target& target : targets())
    for (const DType from : all_dtypes)
      for (const DType to : all_dtypes)
        expect_agreement(
            {.op = ScalarOp::cast, .dtype = to}, {from},
            [&](std::span<const Number> n) { return ir::convert(n[0], from, to); }, target);
}

TEST(EmitScalar, RandomNumbersAreThoseOfTheDefinition) {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t site_and_word : {0, 1, 2, 3, 4 * 77 + 2})
      expect_agreement({.op = ScalarOp::random, .dtype = dtype, .integer = site_and_word},
                       {DType::i64, DType::i64, DType::i64}, [&](std::span<const Number> n) {
                         return Number{.real = ir::random_uniform(n[0].integer, n[1].integer,
                                                                  n[2].integer, site_and_word)};
                       });
}

TEST(EmitScalar, Constants) {
  for (const unsigned lanes : all_lanes) {
    std::vector<float> reals(16);
    JitFunction({.op = ScalarOp::constant, .dtype = DType::f32, .real = 0.1}, {}, lanes)(
        {}, reals.data(), 16);
    EXPECT_EQ(reals, std::vector<float>(16, 0.1F));
    std::vector<std::int32_t> integers(16);
    JitFunction({.op = ScalarOp::constant, .dtype = DType::i32, .integer = -5}, {}, lanes)(
        {}, integers.data(), 16);
    EXPECT_EQ(integers, std::vector<std::int32_t>(16, -5));
  }
}

// ---- Fusing -------------------------------------------------------------------------------

/// a * b + c, where the product may be made once for all lanes.
LaneFunction product_and_sum(ScalarOp sum, bool product_first, bool splat, unsigned lanes) {
  const auto emit = [=](llvm::IRBuilderBase& builder, const codegen::Machine& machine,
                        std::span<llvm::Value* const> n) {
    const DType dtypes[] = {DType::f32, DType::f32};
    const auto instruction = [&](ScalarOp op, llvm::Value* a, llvm::Value* b, unsigned width) {
      llvm::Value* arguments[] = {a, b};
      return codegen::emit_scalar(builder, machine, {.op = op}, dtypes, arguments, width);
    };
    const auto first = [&](llvm::Value* v) {
      return builder.CreateExtractElement(v, std::uint64_t{0});
    };
    llvm::Value* product = splat
                               ? builder.CreateVectorSplat(
                                     lanes, instruction(ScalarOp::mul, first(n[0]), first(n[1]), 1))
                               : instruction(ScalarOp::mul, n[0], n[1], lanes);
    return product_first ? instruction(sum, product, n[2], lanes)
                         : instruction(sum, n[2], product, lanes);
  };
  return {{DType::f32, DType::f32, DType::f32}, DType::f32, emit};
}

TEST(EmitScalar, ProductsAreFusedWithSumsWhereTheMachineCan) {
  constexpr float a = 1 + 0x1p-12F, b = 1 - 0x1p-12F, c = -1;
  const std::vector<float> as(8, a), bs(8, b), cs(8, c);
  std::vector<float> results(8);
  for (const codegen::Target& target : targets()) {
    const bool fuses = codegen::machine_of(*make_target_machine(target, codegen::OptLevel::normal))
                           .fused_multiply_add;
    const float product = fuses ? std::fma(a, b, 0.0F) : a * b;
    const auto result = [&](ScalarOp sum, bool product_first, bool splat) {
      const unsigned lanes = splat ? 8 : 1;
      JitFunction(product_and_sum(sum, product_first, splat, lanes), lanes, target)(
          {as.data(), bs.data(), cs.data()}, results.data(), 8);
      return results[3];
    };
    for (const bool splat : {false, true}) {
      EXPECT_EQ(result(ScalarOp::add, true, splat), fuses ? std::fma(a, b, c) : product + c);
      EXPECT_EQ(result(ScalarOp::add, false, splat), fuses ? std::fma(a, b, c) : product + c);
      EXPECT_EQ(result(ScalarOp::sub, true, splat), fuses ? std::fma(a, b, -c) : product - c);
      EXPECT_EQ(result(ScalarOp::sub, false, splat), fuses ? std::fma(-a, b, c) : c - product);
    }
  }
}

// ---- Reductions ---------------------------------------------------------------------------

TEST(EmitScalar, ReductionsCombineAsTheirInstructionsDo) {
  const std::pair<ScalarOp, ScalarOp> pairs[] = {{ScalarOp::reduce_add, ScalarOp::add},
                                                 {ScalarOp::reduce_mul, ScalarOp::mul},
                                                 {ScalarOp::reduce_max, ScalarOp::max},
                                                 {ScalarOp::reduce_min, ScalarOp::min}};
  for (const auto& [reduction, instruction] : pairs)
    for (const DType dtype : all_dtypes) {
      const std::vector<Tensor> arguments = arguments_of({dtype, dtype});
      const auto combine = [&, reduction = reduction](llvm::IRBuilderBase& builder, const auto&,
                                                      std::span<llvm::Value* const> n) {
        return codegen::emit_combine(builder, reduction, dtype, n[0], n[1]);
      };
      const auto start = [&, reduction = reduction](llvm::IRBuilderBase& builder, const auto&,
                                                    std::span<llvm::Value* const> n) {
        return codegen::emit_combine(builder, reduction, dtype,
                                     codegen::neutral(builder.getContext(), reduction, dtype, 8),
                                     n[0]);
      };
      Tensor results(ir::Type{dtype, {count}}), started(ir::Type{dtype, {count}});
      JitFunction(LaneFunction{{dtype, dtype}, dtype, combine}, 8)(data(arguments), results.data(),
                                                                   count);
      JitFunction(LaneFunction{{dtype}, dtype, start}, 8)(data(arguments), started.data(), count);
      for (std::int64_t i = 0; i < count; ++i) {
        const Number a = element(arguments[0], i), b = element(arguments[1], i);
        ASSERT_TRUE(agrees(instruction, dtype, element(results, i),
                           ir::apply(instruction, dtype, a, b, {})))
            << name(reduction) << " " << name(dtype) << " at " << i;
        // Extremes skip NaNs; 0 + -0 is 0.
        if (std::isnan(a.real) || a.real == 0) continue;
        ASSERT_TRUE(agrees(instruction, dtype, element(started, i), a))
            << name(reduction) << " " << name(dtype) << " from nothing, at " << i;
      }
    }
}

/// The first argmax of pairs of points (9, a), (4, b).
std::vector<std::int32_t> argmax_of_two(const std::vector<float>& a, const std::vector<float>& b) {
  const auto emit = [](llvm::IRBuilderBase& builder, const auto&, std::span<llvm::Value* const> n) {
    codegen::ArgMax state = codegen::argmax_neutral(builder.getContext(), DType::f32, 4);
    const auto point = [&](std::uint32_t number) {
      return builder.CreateVectorSplat(4, builder.getInt32(number));
    };
    state = codegen::emit_argmax_combine(builder, DType::f32, state, {n[0], point(9)});
    state = codegen::emit_argmax_combine(builder, DType::f32, state, {n[1], point(4)});
    return codegen::emit_argmax_result(builder, state);
  };
  std::vector<std::int32_t> out(a.size());
  JitFunction(LaneFunction{{DType::f32, DType::f32}, DType::i32, emit}, 4)(
      {a.data(), b.data()}, out.data(), std::ssize(a));
  return out;
}

TEST(EmitScalar, ArgmaxTakesTheFirstOfEqualsInAnyOrder) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(argmax_of_two({1, 2, 3, -infinity}, {2, 1, 3, -infinity}),
            (std::vector<std::int32_t>{4, 9, 4, 4}));
  EXPECT_EQ(argmax_of_two({nan, 1, nan, -infinity}, {1, nan, nan, nan}),
            (std::vector<std::int32_t>{4, 9, 0, 9}));
}

// ---- Symbols ------------------------------------------------------------------------------

std::vector<std::string> undefined_symbols(const std::string& object) {
  const auto file = llvm::cantFail(
      llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object")));
  std::vector<std::string> out;
  for (const llvm::object::SymbolRef& symbol : file->symbols()) {
    const std::string name = llvm::cantFail(symbol.getName()).str();
    const bool is_undefined =
        llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined;
    if (is_undefined && !name.empty()) out.push_back(name);
  }
  return out;
}

TEST(EmitScalar, AnObjectThatCallsLibmIsSeen) {
  const auto emit = [](llvm::IRBuilderBase& builder, const auto&, std::span<llvm::Value* const> n) {
    return builder.CreateUnaryIntrinsic(llvm::Intrinsic::exp, n[0]);
  };
  EXPECT_EQ(undefined_symbols(object_code({{DType::f32}, DType::f32, emit}, 1, host())),
            std::vector<std::string>{"expf"});
}

TEST(EmitScalar, NothingIsUndefinedInAnObject) {
  struct Place {
    const char *triple, *cpu, *features;
  };
  for (const Place& place :
       {Place{"x86_64-linux-gnu", "x86-64", ""}, Place{"x86_64-linux-gnu", "x86-64-v4", ""},
        Place{"aarch64-linux-gnu", "", ""}, Place{"riscv64-linux-gnu", "", "+m,+f,+d"},
        Place{"riscv64-linux-gnu", "", "+m,+f,+d,+v"}}) {
    std::string error;
    const auto target = codegen::find_target(place.triple, place.cpu, place.features, error);
    ASSERT_TRUE(target) << error;
    for (auto op = ScalarOp::add; op <= ScalarOp::round;
         op = static_cast<ScalarOp>(static_cast<int>(op) + 1))
      for (const DType dtype : {DType::f32, DType::f64})
        for (const unsigned lanes : {1U, 4U}) {
          const std::vector<DType> dtypes(static_cast<std::size_t>(arity(op)), dtype);
          const auto function = lane_function({.op = op, .dtype = dtype}, dtypes, lanes);
          EXPECT_EQ(undefined_symbols(object_code(function, lanes, *target)),
                    std::vector<std::string>{})
              << name(op) << " " << name(dtype) << " in " << lanes << " lanes for " << place.triple
              << " " << place.cpu;
        }
  }
}

}  // namespace
}  // namespace gradc
