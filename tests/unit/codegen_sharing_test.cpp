/// Threads share an entry's kernels if that is most of its work.
#include <gtest/gtest.h>

#include "codegen/sharing.h"

namespace gradc::codegen {

namespace {

constexpr std::size_t large = 0, small = 1;  // kernels: the large one can be shared

const std::vector<Task>& tasks_of(std::size_t kernel) {
  static const std::vector<std::vector<Task>> all = {
      {{nullptr, 64, 1, 200e3, Role::preparation}, {nullptr, 64, 1, 1e6, Role::work}},
      {{nullptr, 8, 0, 10e3, Role::work}},
  };
  return all[kernel];
}

Action call(std::size_t kernel, Part part = Part::all) { return {KernelCall{kernel, {}, part}}; }
Action repeat(std::int64_t steps, Action action) {
  return {Loop{steps, false, {std::move(action)}}};
}

bool gains(std::vector<Action> actions) { return gains_by_sharing({std::move(actions)}, tasks_of); }

}  // namespace

TEST(Sharing, GainsWhereMostOfTheWorkCanBeShared) {
  EXPECT_TRUE(gains({call(large)}));
  EXPECT_TRUE(gains({call(large), call(small)}));
  EXPECT_FALSE(gains({call(small)}));
}

TEST(Sharing, CountsTheStepsOfLoops) {
  EXPECT_TRUE(gains({call(large), repeat(100, call(small))}));
  EXPECT_FALSE(gains({call(large), repeat(200, call(small))}));
  EXPECT_TRUE(gains({repeat(2, call(large)), repeat(200, call(small))}));
}

TEST(Sharing, CountsThePartOfAKernelThatIsCalled) {
  EXPECT_TRUE(gains({call(large, Part::work), repeat(90, call(small))}));
  EXPECT_FALSE(gains({call(large, Part::preparation), repeat(90, call(small))}));
}

TEST(Sharing, CountsCopiesAsWorkOfOneThread) {
  EXPECT_TRUE(gains({call(large), {BufferCopy{{}, {}, 1 << 20}}}));
  EXPECT_FALSE(gains({call(large), {BufferCopy{{}, {}, 100 << 20}}}));
}

}  // namespace gradc::codegen
