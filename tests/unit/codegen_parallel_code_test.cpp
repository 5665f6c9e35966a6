/// Code that was compiled in parts does what the whole does.
#include <set>

#include "kernel_law.h"

namespace gradc {
namespace {

using codegen::Jit;
using ir::DType;

/// A function copies its weights, another multiplies by them, and the entry calls both.
ir::Kernel product() {
  return ir::contraction("ik,kj->ij", {DType::f32, {300, 40}}, {DType::f32, {40, 50}},
                         {DType::f32, {300, 50}});
}

std::optional<Jit> compiled(const ir::Kernel& kernel, unsigned parts) {
  std::string error;
  auto jit = Jit::create(kernel, host(), {.parts = parts}, error);
  EXPECT_TRUE(jit) << error;
  return jit;
}

std::set<std::string> names_of(const Jit& jit) {
  std::set<std::string> out;
  for (const codegen::NativeFunction& function : jit.functions()) out.insert(function.name);
  return out;
}

TEST(ParallelCode, ComputesWhatTheWholeDoes) {
  const ir::Kernel kernel = product();
  const std::vector<ir::Tensor> operands = random_operands(kernel);
  const auto whole = compiled(kernel, 1);
  for (const unsigned parts : {2U, 3U, 7U})
    EXPECT_EQ(run(*compiled(kernel, parts), kernel, operands), run(*whole, kernel, operands));
}

TEST(ParallelCode, FunctionsOfAllPartsAreKnown) {
  const auto whole = compiled(product(), 1), parts = compiled(product(), 3);
  EXPECT_GE(names_of(*whole).size(), 3);
  EXPECT_EQ(names_of(*parts), names_of(*whole));
}

}  // namespace
}  // namespace gradc
