#pragma once
/// The law every kernel obeys: compiled code computes what the interpreter says, on every machine
/// and at every level, and its results do not depend on how pieces of work are distributed.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codegen/jit.h"
#include "ir/kernel.h"

namespace gradc {

/// An operand: reals in [-2, 2], integers in [low, high].
inline ir::Tensor random_tensor(const ir::Type& type, std::mt19937_64& random, int low = -9,
                                int high = 9) {
  ir::Tensor out(type);
  std::uniform_real_distribution<double> real(-2, 2);
  std::uniform_int_distribution<int> integer(low, high);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    if (is_float(type.dtype))
      out.set_real(i, real(random));
    else
      out.set_integer(i, type.dtype == ir::DType::boolean ? integer(random) & 1
                         : type.dtype == ir::DType::u8    ? std::abs(integer(random))
                                                          : integer(random));
  }
  return out;
}

inline std::vector<ir::Tensor> random_operands(const ir::Kernel& kernel, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<ir::Tensor> out;
  for (const ir::Type& type : kernel.operands) out.push_back(random_tensor(type, random));
  return out;
}

inline std::vector<const ir::Tensor*> pointers(const std::vector<ir::Tensor>& tensors) {
  std::vector<const ir::Tensor*> out;
  for (const ir::Tensor& tensor : tensors) out.push_back(&tensor);
  return out;
}

/// Memory for an arena, aligned as code wants it.
class Arena {
 public:
  explicit Arena(std::int64_t bytes) : memory_(static_cast<std::size_t>(bytes) + 64) {}
  void* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + (64 - address % 64) % 64;
  }

 private:
  std::vector<std::byte> memory_;
};

/// Run a compiled kernel. Results start as garbage, and may not be written beyond their ends.
inline std::vector<ir::Tensor> run(const codegen::Jit& jit, const ir::Kernel& kernel,
                                   const std::vector<ir::Tensor>& operands,
                                   gradc_parallel_for parallel = nullptr, void* pool = nullptr) {
  constexpr std::size_t guard = 64;
  constexpr std::byte garbage{0xa5};
  std::vector<std::vector<std::byte>> memory;
  std::vector<void*> outputs;
  for (const ir::Output& output : kernel.outputs) {
    memory.emplace_back(static_cast<std::size_t>(output.type.bytes()) + guard, garbage);
    outputs.push_back(memory.back().data());
  }
  std::vector<const void*> inputs;
  for (const ir::Tensor& operand : operands) inputs.push_back(operand.data());
  Arena arena(jit.arena_bytes(0));
  const gradc_frame frame = {nullptr,       nullptr,        nullptr,  arena.data(),
                             inputs.data(), outputs.data(), parallel, pool};
  jit.entry(0)(&frame);

  std::vector<ir::Tensor> results;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    results.emplace_back(kernel.outputs[i].type);
    const auto bytes = static_cast<std::size_t>(kernel.outputs[i].type.bytes());
    if (bytes > 0) std::memcpy(results[i].data(), memory[i].data(), bytes);
    for (std::size_t at = bytes; at < bytes + guard; ++at)
      EXPECT_EQ(memory[i][at], garbage) << "written beyond the end";
  }
  return results;
}

/// A pool that runs the pieces backwards.
inline void backwards(void*, gradc_task task, void* const* buffers, long count, long grain) {
  for (long end = count; end > 0;) {
    const long begin = (end - 1) / grain * grain;
    task(buffers, begin, end);
    end = begin;
  }
}

inline const codegen::Target& host() {
  static const codegen::Target target = codegen::host_target();
  return target;
}

/// This machine and the older ones it can pretend to be.
inline const std::vector<codegen::Target>& targets() {
  static const std::vector<codegen::Target> all = [] {
    std::vector<codegen::Target> out{host()};
    std::string error;
    for (const char* cpu : {"x86-64-v3", "x86-64"})
      if (host().triple.starts_with("x86_64"))
        out.push_back(*codegen::find_target("", cpu, "", error));
    return out;
  }();
  return all;
}

/// Largest difference allowed: rounding of one instruction after another, relative to the largest
/// number of the result.
inline double tolerance(ir::DType dtype) { return dtype == ir::DType::f32 ? 2e-5 : 1e-12; }

inline void expect_close(const ir::Tensor& got, const ir::Tensor& want, ir::DType precision) {
  ASSERT_EQ(got.type(), want.type());
  double scale = 1;
  for (std::int64_t i = 0; i < want.size(); ++i)
    if (std::isfinite(want.real(i))) scale = std::max(scale, std::abs(want.real(i)));
  for (std::int64_t i = 0; i < want.size(); ++i) {
    if (!is_float(want.type().dtype)) {
      ASSERT_EQ(got.integer(i), want.integer(i)) << "element " << i;
      continue;
    }
    const double a = got.real(i), b = want.real(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    ASSERT_LE(std::abs(a - b), tolerance(precision) * scale)
        << "element " << i << ": " << a << " instead of " << b;
  }
}

/// The least precise type a kernel computes with.
inline ir::DType precision_of(const ir::Kernel& kernel) {
  for (const ir::Instruction& instruction : kernel.body)
    if (instruction.dtype == ir::DType::f32) return ir::DType::f32;
  return ir::DType::f64;
}

inline void expect_law(const ir::Kernel& kernel, const std::vector<ir::Tensor>& operands,
                       const codegen::Target& target,
                       codegen::OptLevel level = codegen::OptLevel::normal) {
  SCOPED_TRACE(to_string(kernel) + target.cpu);
  std::string error;
  const auto jit = codegen::Jit::create(kernel, target, {level}, error);
  ASSERT_TRUE(jit) << error;
  const std::vector<ir::Tensor> results = run(*jit, kernel, operands);
  const std::vector<ir::Tensor> expected = evaluate(kernel, pointers(operands));
  for (std::size_t i = 0; i < results.size(); ++i) {
    SCOPED_TRACE("result " + std::to_string(i));
    expect_close(results[i], expected[i], precision_of(kernel));
  }
  EXPECT_EQ(run(*jit, kernel, operands, backwards), results) << "depends on the order of pieces";
}

/// On every machine.
inline void expect_law(const ir::Kernel& kernel, const std::vector<ir::Tensor>& operands) {
  for (const codegen::Target& target : targets())
    expect_law(kernel, operands, target, codegen::OptLevel::normal);
  expect_law(kernel, operands, host(), codegen::OptLevel::none);
}
inline void expect_law(const ir::Kernel& kernel) { expect_law(kernel, random_operands(kernel)); }

/// Two threads, time and again, give the bits of one.
inline void expect_same_bits_with_threads(const ir::Kernel& kernel) {
  SCOPED_TRACE(to_string(kernel));
  std::string error;
  const auto jit = codegen::Jit::create(kernel, host(), {}, error);
  ASSERT_TRUE(jit) << error;
  gradc_pool* pool = gradc_pool_create(2);
  ASSERT_TRUE(pool);
  const std::vector<ir::Tensor> operands = random_operands(kernel);
  const std::vector<ir::Tensor> alone = run(*jit, kernel, operands);
  for (int repetition = 0; repetition < 20; ++repetition)
    EXPECT_EQ(run(*jit, kernel, operands, gradc_pool_parallel_for, pool), alone);
  gradc_pool_destroy(pool);
}

/// The first result may lie where an operand lies.
inline void expect_may_overwrite(const ir::Kernel& kernel, std::size_t operand) {
  SCOPED_TRACE(to_string(kernel));
  std::string error;
  const auto jit = codegen::Jit::create(kernel, host(), {}, error);
  ASSERT_TRUE(jit) << error;
  std::vector<ir::Tensor> operands = random_operands(kernel);
  const std::vector<ir::Tensor> expected = run(*jit, kernel, operands);

  std::vector<ir::Tensor> results;
  for (const ir::Output& output : kernel.outputs) results.emplace_back(output.type);
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  for (const ir::Tensor& tensor : operands) inputs.push_back(tensor.data());
  for (ir::Tensor& tensor : results) outputs.push_back(tensor.data());
  outputs[0] = operands[operand].data();
  Arena arena(jit->arena_bytes(0));
  const gradc_frame frame = {nullptr,       nullptr,        nullptr, arena.data(),
                             inputs.data(), outputs.data(), nullptr, nullptr};
  jit->entry(0)(&frame);
  results[0] = operands[operand];
  EXPECT_EQ(results, expected);
}

}  // namespace gradc
