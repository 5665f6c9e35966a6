#pragma once
/// A kernel says what a loop nest computes, in a form that the interpreter runs, fusion composes
/// and codegen turns into machine code. All three know loops and scalar instructions, never an op.
///
///   sum over j of x[i, j]:   extents [I, J], 1 parallel loop
///                            v0 = load x[i, j];  v1 = reduce_add v0;  out[i] = v1
///   softmax over j:          v1 = reduce_max v0;  v2 = sub v0 v1;  v3 = exp v2;
///                            v4 = reduce_add v3;  v5 = div v3 v4;  out[i, j] = v5
///
/// The first `parallel` loops are independent of each other; the rest are reduction loops. An
/// instruction *varies* if it depends on a reduction loop's index, through anything but a
/// reduction. A reduction takes one varying argument over all reduction loops; its result does not
/// vary, but instructions that vary may use it: that takes another pass over the reduction loops.
/// The number of passes before an instruction can be computed is its stage.
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "ir/scalar.h"
#include "ir/tensor.h"
#include "ir/type.h"

namespace gradc::ir {

struct Call;

/// Number of an instruction in a kernel's body.
using ScalarId = std::uint32_t;
constexpr ScalarId no_scalar = ~ScalarId{0};

/// coefficients · loop indices + constant. Missing coefficients are zero.
struct Affine {
  std::vector<std::int64_t> coefficients = {};  ///< one per loop; trailing zeros are dropped
  std::int64_t constant = 0;

  bool operator==(const Affine&) const = default;
  auto operator<=>(const Affine&) const = default;
  std::int64_t coefficient(std::size_t loop) const {
    return loop < coefficients.size() ? coefficients[loop] : 0;
  }
};
Affine loop_index(std::size_t loop);
Affine operator+(const Affine& a, const Affine& b);
Affine operator+(const Affine& a, std::int64_t b);
Affine operator*(std::int64_t factor, const Affine& a);

/// Where an access goes along one axis: affine / divisor + value of an instruction, if given.
/// A coordinate that is not a multiple of the divisor, or lies outside the axis, is outside.
struct Coordinate {
  Affine affine = {};
  std::int64_t divisor = 1;
  ScalarId indirect = no_scalar;  ///< an i32 or i64 instruction that comes before the access's user

  Coordinate() = default;
  Coordinate(Affine a, std::int64_t d = 1, ScalarId i = no_scalar)
      : affine(std::move(a)), divisor(d), indirect(i) {}
  bool operator==(const Coordinate&) const = default;
  auto operator<=>(const Coordinate&) const = default;
};
using Coordinates = std::vector<Coordinate>;

/// A read of one element of operand number `operand`; outside it the value is 0.
struct Access {
  std::uint32_t operand = 0;
  Coordinates coordinates;  ///< one per axis of the operand
  bool operator==(const Access&) const = default;
};

struct Instruction {
  ScalarOp op = ScalarOp::constant;
  DType dtype = DType::f32;              ///< of the result
  std::vector<ScalarId> arguments = {};  ///< earlier instructions
  double real = 0;                       ///< see scalar.def
  std::int64_t integer = 0;              ///< see scalar.def
  bool operator==(const Instruction&) const = default;
};

/// Where a result goes. Without `accumulate` every element is written exactly once: the coordinates
/// are distinct loops covering the result, or 0 along an axis of extent 1. With it, the result
/// starts as zeros and every point adds its value, in loop order; points outside are dropped
/// (scatter).
struct Output {
  ScalarId value = 0;
  Type type;
  Coordinates coordinates;
  bool accumulate = false;
  bool operator==(const Output&) const = default;
};

struct Kernel {
  std::vector<std::int64_t> extents;  ///< parallel loops first, outermost first
  std::size_t parallel = 0;           ///< how many of them are parallel
  std::vector<Type> operands;
  std::vector<Access> accesses;
  std::vector<Instruction> body;
  std::vector<Output> outputs;

  bool operator==(const Kernel&) const = default;
};

/// How each instruction relates to the reduction loops.
struct Staging {
  std::vector<bool> varies;  ///< depends on a reduction loop's index
  std::vector<int> stage;    ///< passes over the reduction loops before it can be computed
  int passes = 0;            ///< passes that compute reductions
};
Staging stage(const Kernel& kernel);

/// Smallest and largest value of an affine form over the loops (extents all at least 1).
struct Interval {
  std::int64_t low, high;
};
Interval range_of(const Affine& affine, std::span<const std::int64_t> extents);
/// True if the access can never leave its operand (no guard is needed).
bool always_inside(const Kernel& kernel, const Access& access);

/// Reference semantics: one tensor per output.
std::vector<Tensor> evaluate(const Kernel& kernel, std::span<const Tensor* const> operands);

/// One instruction a line, for `--emit=kernels` and tests.
std::string to_string(const Kernel& kernel);

// ---- Building kernels ----------------------------------------------------------------------

class KernelBuilder;

/// A handle to an instruction under construction; operators append instructions.
struct Scalar {
  KernelBuilder* builder = nullptr;
  ScalarId id = no_scalar;
  DType dtype() const;
};

class KernelBuilder {
 public:
  KernelBuilder(std::vector<std::int64_t> extents, std::size_t parallel,
                std::vector<Type> operands);

  Scalar constant(DType dtype, double value);
  Scalar constant(DType dtype, Number value);
  Scalar index(std::size_t loop);
  Scalar load(std::size_t operand, Coordinates coordinates);
  /// At the first loops, one per axis of the operand.
  Scalar load(std::size_t operand);
  /// Equal instructions are shared. The result type is that of scalar.def; `cast` and `random` say
  /// theirs.
  Scalar append(ScalarOp op, std::vector<Scalar> arguments);
  Scalar append(ScalarOp op, DType result, std::vector<Scalar> arguments, std::int64_t integer = 0);

  /// The result at the first `type.rank()` loops.
  void output(Scalar value, Type type);
  void output(Output output) { kernel_.outputs.push_back(std::move(output)); }

  const Kernel& kernel() const { return kernel_; }
  Kernel finish() { return std::move(kernel_); }

 private:
  Scalar add(Instruction instruction);
  Kernel kernel_;
  std::map<std::tuple<ScalarOp, DType, std::vector<ScalarId>, std::int64_t, std::int64_t>, ScalarId>
      seen_;
};

#define GRADC_UNARY(name) Scalar name(Scalar a);
#define GRADC_BINARY(name) Scalar name(Scalar a, Scalar b);
// clang-format off: it finds no end with macros that stand for declarations
GRADC_UNARY(exp) GRADC_UNARY(log) GRADC_UNARY(sqrt) GRADC_UNARY(sin) GRADC_UNARY(cos)
GRADC_UNARY(tanh) GRADC_UNARY(sigmoid) GRADC_UNARY(erf) GRADC_UNARY(floor) GRADC_UNARY(round)
GRADC_UNARY(abs) GRADC_UNARY(not_)
GRADC_BINARY(pow) GRADC_BINARY(max) GRADC_BINARY(min) GRADC_BINARY(rem) GRADC_BINARY(eq)
GRADC_BINARY(ne) GRADC_BINARY(lt) GRADC_BINARY(le) GRADC_BINARY(and_) GRADC_BINARY(or_)
#undef GRADC_UNARY
#undef GRADC_BINARY
Scalar operator+(Scalar a, Scalar b);
// clang-format on
Scalar operator-(Scalar a, Scalar b);
Scalar operator*(Scalar a, Scalar b);
Scalar operator/(Scalar a, Scalar b);
Scalar operator-(Scalar a);
Scalar operator+(Scalar a, double b);
Scalar operator-(Scalar a, double b);
Scalar operator-(double a, Scalar b);
Scalar operator*(Scalar a, double b);
Scalar operator/(double a, Scalar b);
Scalar select(Scalar condition, Scalar a, Scalar b);
Scalar cast(Scalar a, DType dtype);

// ---- Kernel rules: what an op's `.kernel` is made from -------------------------------------

using KernelRule = std::function<Kernel(const Call&)>;

/// Same-shaped operands, one result element per point: `elementwise([](Scalar x) { return exp(x);
/// })`.
KernelRule elementwise(Scalar (*f)(Scalar));
KernelRule elementwise(Scalar (*f)(Scalar, Scalar));
KernelRule elementwise(Scalar (*f)(Scalar, Scalar, Scalar));

/// Reduce the only operand over the attribute `axes`.
KernelRule reduction(ScalarOp reduce);

/// Sum of products; `spec` is "ik,kj->ij": one letter per axis. The loops are the result's letters,
/// then the others in order of appearance.
Kernel contraction(const std::string& spec, const Type& a, const Type& b, const Type& result);

}  // namespace gradc::ir
