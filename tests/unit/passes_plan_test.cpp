// The order of kernels and the places of values.
#include <gtest/gtest.h>

#include "graph_run.h"
#include "ir/print.h"
#include "passes/arena.h"
#include "passes/moves.h"
#include "passes/pipeline.h"
#include "passes_plan_checker.h"
#include "random_graph.h"
#include "random_loop.h"
#include "random_scan.h"

namespace gradc::passes {
namespace {

using ir::Graph;
using ir::StorageClass;
using ir::Type;
using ir::Value;

Plan planned(ir::Program program, bool optimize = true) {
  ir::Diagnostics diagnostics;
  const Options options{.optimize = optimize, .unroll = {.mode = Unroll::Mode::none}};
  auto kernels = run(std::move(program), options, diagnostics);
  EXPECT_TRUE(kernels) << render(diagnostics);
  return plan(std::move(*kernels));
}

void expect_right(const Plan& plan) {
  const std::vector<std::string> problems = check(plan);
  EXPECT_TRUE(problems.empty()) << problems.size() << " problems, first: " << problems[0] << "\n"
                                << to_string(plan.program);
}

std::optional<Place> place_of_result(const Plan& plan, std::size_t number) {
  const Graph& graph = plan.program.entries[0].graph;
  return plan.entries[0].memory.places[graph.operand(return_node(graph), number)];
}

Place slot(const Plan& plan, std::string_view name) {
  const auto& storage = plan.program.storage;
  return plan.storage.slots[static_cast<std::size_t>(
      std::ranges::find(storage, name, &ir::Storage::name) - storage.begin())];
}

class PlanOfRandomGraph : public testing::TestWithParam<std::uint32_t> {};

TEST_P(PlanOfRandomGraph, NothingReadsWhatIsGone) {
  const Graph graph = ir::random_graph(
      GetParam(), {.steps = 25, .gradients = GetParam() % 2 == 0, .commits = true});
  for (const bool optimize : {true, false}) expect_right(planned(ir::program_of(graph), optimize));
}

INSTANTIATE_TEST_SUITE_P(Random, PlanOfRandomGraph, testing::Range(1000U, 1060U));

class PlanOfRandomLoop : public testing::TestWithParam<std::uint32_t> {};

TEST_P(PlanOfRandomLoop, NothingReadsWhatIsGone) {
  const Graph graphs[] = {ir::RandomLoop(GetParam(), 5).build(true),
                          ir::RandomScan(GetParam(), 4).build(false)};
  for (const Graph& graph : graphs)
    for (const bool optimize : {true, false})
      expect_right(planned(ir::program_of(graph), optimize));
}

INSTANTIATE_TEST_SUITE_P(Random, PlanOfRandomLoop, testing::Range(0U, 60U));

class PlanOf : public testing::Test {
 protected:
  Value parameter(std::string name, ir::Shape shape = {4}) {
    return input(graph, std::move(name), {ir::DType::f64, std::move(shape)}, StorageClass::param);
  }
  Value callers(std::string name, ir::Shape shape = {4}) {
    return input(graph, std::move(name), {ir::DType::f64, std::move(shape)}, StorageClass::input);
  }
  Plan returns(std::vector<std::pair<std::string, Value>> results) {
    std::vector<std::string> names;
    std::vector<Value> values;
    for (auto& [name, value] : results) {
      names.push_back(name);
      values.push_back(value);
    }
    return_(graph, values, names);
    Plan out = planned(ir::program_of(std::move(graph)));
    expect_right(out);
    return out;
  }

  Graph graph;
};

TEST_F(PlanOf, AnUpdateIsComputedInItsSlot) {
  const Value p = parameter("p");
  const Plan plan = returns({{"<-p", p * 0.5}});
  EXPECT_EQ(place_of_result(plan, 0), slot(plan, "p"));
  EXPECT_TRUE(plan.entries[0].memory.copies.empty());
}

TEST_F(PlanOf, AnUpdateThatReadsOtherElementsIsNot) {
  const Value p = parameter("p", {3, 3});
  const Plan plan = returns({{"<-p", contract(p, p, "ik,kj->ij")}});
  EXPECT_EQ(place_of_result(plan, 0)->region, Region::arena);
  EXPECT_EQ(plan.entries[0].memory.copies.size(), 1U);
}

TEST_F(PlanOf, ReadersOfTheOldValueComeFirst) {
  // In id order the update would come first, and the product would read the new value or need a
  // copy.
  const Value p = parameter("p", {3, 3}), x = callers("x", {2, 3});
  const Value updated = p - exp(p);
  const Value y = contract(x, p, "ik,kj->ij");
  const Plan plan = returns({{"<-p", updated}, {"y", y}});
  EXPECT_EQ(place_of_result(plan, 0), slot(plan, "p"));
  EXPECT_EQ(place_of_result(plan, 1), (Place{Region::output, 0}));
}

TEST_F(PlanOf, SlotsSwapTheirValues) {
  const Value p = parameter("p"), q = parameter("q");
  const Plan plan = returns({{"<-p", q}, {"<-q", p}});
  EXPECT_EQ(plan.entries[0].memory.copies.size(), 3U);
}

TEST_F(PlanOf, SlotsRotateTheirValues) {
  const Value p = parameter("p"), q = parameter("q"), r = parameter("r");
  returns({{"<-p", q}, {"<-q", r}, {"<-r", p}, {"old", p}});
}

TEST_F(PlanOf, AnOldValueIsReturnedBesideTheNewOne) {
  const Value p = parameter("p");
  returns({{"old", p}, {"<-p", p + 1.0}, {"new", p + 1.0}});
}

TEST_F(PlanOf, InputsAndNumbersAreReturned) {
  const Value x = callers("x"), p = parameter("p");
  const Value number = splat(graph, {ir::DType::f64, {4}}, 3);
  const Value dense = constant(graph, {ir::DType::f64, {4}}, {1, 2, 3, 4});
  returns({{"a", x},
           {"b", x},
           {"c", number},
           {"d", dense},
           {"e", reshape(x, {2, 2})},
           {"f", reshape(dense, {2, 2})},
           {"<-p", number}});
  (void)p;
}

TEST_F(PlanOf, OneValueGoesToManyPlaces) {
  const Value p = parameter("p"), q = parameter("q"), x = callers("x");
  const Value y = tanh(x);
  returns({{"a", y}, {"b", y}, {"<-p", y}, {"<-q", y}, {"c", p + q}});
}

TEST_F(PlanOf, AReturnedValueIsStillRead) {
  const Value x = callers("x", {3, 3});
  const Value y = contract(x, x, "ik,kj->ij");
  returns({{"y", y}, {"z", contract(y, y, "ik,kj->ij")}});
}

TEST_F(PlanOf, AChainOfProductsNeedsTwoBuffers) {
  Value x = callers("x", {8, 8});
  for (int i = 0; i < 6; ++i) x = contract(x, x, "ik,kj->ij");
  const Plan plan = returns({{"y", x}});
  EXPECT_EQ(plan.entries[0].memory.arena_bytes, 2 * 8 * 8 * 8);
}

/// h = scan(xw) with two gates, and the gradient of its sum: xw, then the gates, then the gradient
/// of xw have the same memory.
Plan plan_of_gates() {
  Graph graph, step;
  const Value x = input(step, "x", {ir::DType::f64, {2, 8}}, StorageClass::input);
  const Value h = input(step, "h", {ir::DType::f64, {2, 4}}, StorageClass::input);
  const Value u = input(step, "u", {ir::DType::f64, {4, 8}}, StorageClass::input);
  const Value z = x + contract(h, u, "ab,bc->ac");
  const auto gate = [&](std::int64_t start) { return slice(z, {0, start}, {2, 4}, {1, 1}); };
  const Value next = tanh(sigmoid(gate(0)) * h + sigmoid(gate(4)));
  return_(step, std::span(&next, 1), {"h"});

  const Value xs = input(graph, "xs", {ir::DType::f64, {6, 2, 3}}, StorageClass::input);
  const Value w = input(graph, "w", {ir::DType::f64, {3, 8}}, StorageClass::param);
  const Value start = input(graph, "start", {ir::DType::f64, {2, 4}}, StorageClass::input);
  const Value weights = input(graph, "u", {ir::DType::f64, {4, 8}}, StorageClass::param);
  const Value operands[] = {contract(xs, w, "tab,bc->tac"), start, weights};
  const Value last =
      scan(graph, operands, ir::to_attributes(ir::Scan{.steps = 6, .scanned = 1, .carried = 1}),
           std::move(step));
  const Value loss = sum(last, {0, 1});
  const Value results[] = {gradient(loss, w)};
  return_(graph, results, {"d"});
  return planned(ir::program_of(std::move(graph)));
}

TEST(Bands, HaveOneMemoryForWhatComesAndGoesStepByStep) {
  const Plan plan = plan_of_gates();
  expect_right(plan);
  const std::vector<LoopPlan>& loops = plan.entries[0].loops;
  ASSERT_EQ(loops.size(), 2U);
  ASSERT_EQ(loops[0].arena.bands.size(), 1U);
  ASSERT_EQ(loops[1].arena.bands.size(), 1U);
  EXPECT_EQ(loops[0].arena.bands[0].results.size(), 2U);
  EXPECT_EQ(loops[1].arena.bands[0].operands.size(), 2U);
  EXPECT_EQ(loops[1].arena.bands[0].results.size(), 1U);
  EXPECT_EQ(loops[0].arena.bands[0].offset, loops[1].arena.bands[0].offset);
}

TEST(Bands, AreFoundWrongWhereAnElementGivesWayTooEarly) {
  Plan plan = plan_of_gates();
  LoopPlan& loop = plan.entries[0].loops[0];
  Band& band = loop.arena.bands[0];
  const Graph& graph = plan.program.entries[0].graph;
  for (Band::Lane& lane : band.results) {  // over the elements of the step that comes next
    lane.offset = band.operands[0].offset + band.step_bytes + (&lane == &band.results[0] ? 0 : 64);
    const ir::NodeId result = *result_buffers(graph, loop.arena.scan)[lane.number];
    plan.entries[0].memory.places[result]->offset = band.offset + lane.offset;
  }
  EXPECT_FALSE(check(plan).empty());
}

TEST(Arena, RangesThatMeetDoNotOverlap) {
  std::mt19937 random(1);
  std::vector<LiveRange> ranges;
  for (int i = 0; i < 200; ++i) {
    const std::size_t first = random() % 50;
    ranges.push_back({first, first + random() % 10, static_cast<std::int64_t>(random() % 1000)});
  }
  const ArenaLayout layout = lay_out_arena(ranges);
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(layout.offsets[i] % alignment, 0);
    EXPECT_LE(layout.offsets[i] + ranges[i].bytes, layout.bytes);
    std::int64_t alive = 0;
    for (std::size_t j = 0; j < ranges.size(); ++j) {
      if (ranges[j].first <= ranges[i].first && ranges[i].first <= ranges[j].last)
        alive += ranges[j].bytes;
      const bool meet = ranges[i].first <= ranges[j].last && ranges[j].first <= ranges[i].last;
      const bool overlap = layout.offsets[i] < layout.offsets[j] + ranges[j].bytes &&
                           layout.offsets[j] < layout.offsets[i] + ranges[i].bytes;
      EXPECT_FALSE(i != j && meet && overlap && ranges[i].bytes > 0 && ranges[j].bytes > 0);
    }
    peak = std::max(peak, alive);
  }
  EXPECT_LT(static_cast<double>(layout.bytes), 1.3 * static_cast<double>(peak))
      << "rounding and gaps are small";
}

TEST(Arena, RoomLiesBetweenTenantsOfTheStep) {
  std::mt19937 random(2);
  std::vector<LiveRange> ranges;
  for (int i = 0; i < 100; ++i) {
    const std::size_t first = random() % 50;
    ranges.push_back({first, first + random() % 10, static_cast<std::int64_t>(random() % 1000)});
  }
  const ArenaLayout layout = lay_out_arena(ranges);
  std::vector<Tenancy> tenancies;
  for (std::size_t i = 0; i < ranges.size(); ++i)
    tenancies.push_back({ranges[i], layout.offsets[i]});
  FreeRoom room(tenancies);
  bool is_between = false;
  for (std::size_t step = 0; step < 60; step += 1 + random() % 2) {
    room.go_to(step);
    std::vector<std::pair<std::int64_t, std::int64_t>> taken;  // from, to
    for (const auto& [range, offset] : tenancies)
      if (range.first <= step && step <= range.last && range.bytes > 0)
        taken.emplace_back(offset, offset + range.bytes);
    for (int i = 0; i < 3; ++i) {
      const std::int64_t bytes = 1 + static_cast<std::int64_t>(random() % 500);
      const std::int64_t offset = room.take(bytes);
      EXPECT_EQ(offset % alignment, 0);
      for (const auto& [from, to] : taken) {
        EXPECT_TRUE(offset + bytes <= from || to <= offset) << "step " << step;
        is_between = is_between || offset + bytes <= from;
      }
      taken.emplace_back(offset, offset + bytes);
    }
  }
  EXPECT_TRUE(is_between);
}

TEST(Moves, HappenAsIfAtOnce) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    // Every place gets the value of a random one.
    std::vector<Copy> moves;
    for (std::int64_t to = 0; to < 6; ++to)
      moves.push_back({{Region::parameters, static_cast<std::int64_t>(random() % 6)},
                       {Region::parameters, to},
                       8});
    std::map<std::pair<Region, std::int64_t>, std::int64_t> content;
    for (std::int64_t i = 0; i < 6; ++i) content[{Region::parameters, i}] = i;
    std::int64_t aside = 0;
    for (const Copy& copy :
         sequence(moves, [&](std::int64_t) { return Place{Region::arena, aside++}; }))
      content[{copy.to.region, copy.to.offset}] = content.at({copy.from.region, copy.from.offset});
    for (const Copy& move : moves)
      EXPECT_EQ((content[{Region::parameters, move.to.offset}]), move.from.offset);
  }
}

TEST(Plan, ConstantsOfNoKernelCannotBePlanned) {
  Graph graph;
  const Value x = input(graph, "x", {ir::DType::f64, {4}}, StorageClass::input);
  const Value y = tanh(x);
  return_(graph, std::span(&y, 1), {"y"});
  EXPECT_FALSE(can_be_planned(ir::program_of(graph))) << "tanh is not in a kernel";
}

}  // namespace
}  // namespace gradc::passes
