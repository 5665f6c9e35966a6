// What a benchmark counts and computes; how long things take is for people to judge.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "driver/bench/index_bounds.h"
#include "driver/bench/inputs.h"
#include "driver/bench/machine_limits.h"
#include "driver/bench/timing.h"
#include "driver/bench/work.h"
#include "ir/ops.h"

namespace gradc::driver {
namespace {

ir::Program program_of(const char* text, ir::DType float_type = ir::DType::f32) {
  static ir::Sources sources;
  ir::Diagnostics diagnostics;
  frontend::Options options;
  options.float_type = float_type;
  auto model = model_of(sources.add("test.grad", text), options, sources, diagnostics);
  EXPECT_TRUE(model) << ir::render(diagnostics);
  return std::move(model->program);
}

Work work_of_entry(const char* text, const char* entry, ir::DType float_type = ir::DType::f32) {
  ir::Diagnostics diagnostics;
  const auto counted = counted_form(program_of(text, float_type), diagnostics);
  EXPECT_TRUE(counted) << ir::render(diagnostics);
  return work_of(counted->find_entry(entry)->graph);
}

// ---- Operations and bytes ----------------------------------------------------------------------

constexpr const char* mlp = R"(
model Mlp {
  dim B = 64, C = 10
  input x: f32[B, 784]
  input y: i32[B]
  logits = x |> Dense(512, act = relu) |> Dense(256, act = relu) |> Dense(C)
  loss = mean(cross_entropy(logits, y))
  step fit minimize loss over all using adam(lr = 1e-3)
  export predict = logits
}
)";

TEST(Work, of_dense_layers_is_three_products_each_but_for_the_first_input) {
  const std::int64_t first = 2 * 64 * 784 * 512;
  const std::int64_t forward = first + 2 * 64 * (512 * 256 + 256 * 10);
  EXPECT_EQ(work_of_entry(mlp, "predict").flops_f32, forward);
  EXPECT_EQ(work_of_entry(mlp, "fit").flops_f32, 3 * forward - first);
  EXPECT_EQ(work_of_entry(mlp, "fit").flops_f64, 0);
}

TEST(Work, moves_inputs_parameters_and_states_once_in_each_direction) {
  const std::int64_t parameters = 785 * 512 + 513 * 256 + 257 * 10;
  const std::int64_t inputs = 64 * 784 + 64;
  EXPECT_EQ(work_of_entry(mlp, "predict").bytes, 4 * (64 * 784 + parameters + 64 * 10));
  // Adam keeps two numbers for each parameter; the loss and the steps done are single numbers.
  const std::int64_t steps = 2 * 8;
  EXPECT_EQ(work_of_entry(mlp, "fit").bytes, 4 * (inputs + 6 * parameters + 1) + steps);
}

TEST(Work, reads_of_a_table_only_the_rows_that_are_chosen) {
  constexpr const char* table = R"(
model Table {
  dim B = 4
  input i: i32[B]
  export y = Embedding(1000, 3)(i)
}
)";
  EXPECT_EQ(work_of_entry(table, "y").bytes, 4 * 4 + 4 * (4 * 3) + 4 * (4 * 3));
}

TEST(Work, in_f64_is_counted_apart) {
  const Work work = work_of_entry(mlp, "fit", ir::DType::f64);
  EXPECT_EQ(work.flops_f32, 0);
  EXPECT_EQ(work.flops_f64, work_of_entry(mlp, "fit").flops_f32);
  EXPECT_EQ(work.dtype(), ir::DType::f64);
}

TEST(Work, of_a_recurrence_counts_every_step) {
  constexpr const char* lstm = R"(
model Lstm {
  dim T = 32, B = 16, I = 64, H = 128, C = 10
  input x: f32[B, T, I]
  input y: i32[B, T]
  logits = x |> LSTM(H) |> Dense(C)
  loss = mean(cross_entropy(logits, y))
  step fit minimize loss over all using adam(lr = 1e-3)
  export predict = logits
}
)";
  const std::int64_t steps = 32 * 16, gates = 4 * 128;
  const std::int64_t of_x = 2 * steps * gates * 64, of_h = 2 * steps * gates * 128,
                     head = 2 * steps * 128 * 10;
  EXPECT_EQ(work_of_entry(lstm, "predict").flops_f32, of_x + of_h + head);
  EXPECT_EQ(work_of_entry(lstm, "fit").flops_f32, 2 * of_x + 3 * of_h + 3 * head);
}

TEST(Work, of_a_convolution_is_the_same_in_all_three_directions) {
  constexpr const char* convolutions = R"(
model Convolutions {
  dim B = 2
  input x: f32[B, 1, 28, 28]
  y = x |> Conv(6, k = 5, pad = 2) |> Conv(16, k = 5) |> Conv(8, k = 3, stride = 2, pad = 1)
  loss = mean(y^2)
  step fit minimize loss over all using sgd(lr = 0.1)
  export predict = y
}
)";
  const auto convolution = [](std::int64_t in, std::int64_t out, std::int64_t k,
                              std::int64_t side) { return 2 * 2 * in * out * k * k * side * side; };
  const std::int64_t first = convolution(1, 6, 5, 28);
  const std::int64_t forward = first + convolution(6, 16, 5, 24) + convolution(16, 8, 3, 12);
  EXPECT_EQ(work_of_entry(convolutions, "predict").flops_f32, forward);
  EXPECT_EQ(work_of_entry(convolutions, "fit").flops_f32, 3 * forward - first);
}

TEST(Work, takes_at_least_its_operations_and_its_bytes_one_after_the_other) {
  const Work work{.flops_f32 = 300, .flops_f64 = 50, .bytes = 80};
  EXPECT_DOUBLE_EQ(floor_of(work, {.flops_f32 = 100, .flops_f64 = 25, .bytes = 20}), 3 + 2 + 4);
  EXPECT_DOUBLE_EQ(floor_of({.bytes = 10}, {.bytes = 20}), 0.5);
}

// ---- Made-up inputs ----------------------------------------------------------------------------

/// Of the inputs that are whole numbers, of the first step or export.
std::vector<std::int64_t> bounds(const char* text) {
  ir::Diagnostics diagnostics;
  const auto plan = plan_program(program_of(text), {}, diagnostics);
  EXPECT_TRUE(plan) << ir::render(diagnostics);
  for (const ir::Entry& entry : plan->program.entries) {
    if (entry.kind == ir::EntryKind::init) continue;
    std::vector<std::int64_t> out;
    const std::vector<ir::NodeId> inputs = ir::inputs(entry.graph);
    const std::vector<std::int64_t> all = index_bounds(entry.graph);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (ir::storage_of(entry.graph, inputs[i]) == ir::StorageClass::input &&
          !ir::is_float(entry.graph[inputs[i]].type.dtype))
        out.push_back(all[i]);
    return out;
  }
  return {};
}

TEST(IndexBounds, of_a_label_is_the_number_of_classes) {
  EXPECT_EQ(bounds(R"(
model Labels {
  dim B = 4, C = 7
  input x: f32[B, 3]
  input y: i32[B]
  loss = mean(cross_entropy(Dense(C)(x), y))
  step fit minimize loss over all using sgd(lr = 0.1)
}
)"),
            std::vector<std::int64_t>({7}));
}

TEST(IndexBounds, of_a_token_is_the_vocabulary_also_through_a_loop) {
  EXPECT_EQ(bounds(R"(
model Tokens {
  dim B = 2, T = 40, V = 50
  input x: i32[B, T]
  input y: i32[B, T]
  logits = Embedding(V, 8)(x) |> LSTM(8) |> Dense(5)
  loss = mean(cross_entropy(logits, y))
  step fit minimize loss over all using sgd(lr = 0.1)
}
)"),
            std::vector<std::int64_t>({50, 5}));
}

TEST(IndexBounds, of_two_uses_is_the_smaller_axis) {
  EXPECT_EQ(bounds(R"(
model Both {
  dim B = 4
  input i: i32[B]
  export y = sum(Embedding(9, 3)(i)) + sum(Embedding(6, 3)(i))
}
)"),
            std::vector<std::int64_t>({6}));
}

TEST(IndexBounds, of_a_number_that_chooses_nothing_is_one) {
  EXPECT_EQ(bounds(R"(
model Number {
  dim B = 4
  input n: i32[B]
  export y = n * 2
}
)"),
            std::vector<std::int64_t>({1}));
}

TEST(Inputs, are_a_function_of_seed_and_input_and_stay_in_range) {
  const ir::Type reals{ir::DType::f32, {1000}}, places{ir::DType::i32, {1000}};
  const auto bytes_of_input = [](const ir::Type& type, std::uint64_t seed, std::uint64_t input) {
    std::vector<std::byte> out(static_cast<std::size_t>(type.bytes()));
    fill(out, type, 7, seed, input);
    return out;
  };
  EXPECT_EQ(bytes_of_input(reals, 1, 2), bytes_of_input(reals, 1, 2));
  EXPECT_NE(bytes_of_input(reals, 1, 2), bytes_of_input(reals, 2, 2));
  EXPECT_NE(bytes_of_input(reals, 1, 2), bytes_of_input(reals, 1, 3));

  const std::vector<std::byte> chosen = bytes_of_input(places, 1, 2);
  std::vector<int> seen(7, 0);
  for (std::size_t i = 0; i < chosen.size(); i += 4) {
    std::int32_t place = 0;
    std::memcpy(&place, &chosen[i], sizeof place);
    ASSERT_GE(place, 0);
    ASSERT_LT(place, 7);
    ++seen[static_cast<std::size_t>(place)];
  }
  for (const int times : seen) EXPECT_GT(times, 0);
}

// ---- Time --------------------------------------------------------------------------------------

TEST(Timing, takes_the_middle_batch) {
  const Times times = summarize({5, 1, 4, 2, 3, 10, 9, 8, 7, 6, 11}, 3);
  EXPECT_EQ(times.median, 6);
  EXPECT_EQ(times.least, 1);
  EXPECT_EQ(times.p90, 10);
  EXPECT_EQ(times.batches, 11U);
  EXPECT_EQ(times.calls_per_batch, 3);
}

TEST(Timing, calls_what_it_measures_often_enough) {
  std::int64_t calls = 0;
  const auto repeat = [&](std::int64_t n) {
    calls += n;
    const auto end = std::chrono::steady_clock::now() + n * std::chrono::microseconds(10);
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  const TimingOptions options{.seconds = 0.01,
                              .warm_up_seconds = 0.001,
                              .warm_up_calls = 5,
                              .batch_seconds = 0.001,
                              .least_batches = 5};
  const Times times = measure(repeat, options);
  EXPECT_GE(times.batches, 5U);
  EXPECT_GT(times.calls_per_batch, 1);
  EXPECT_LE(times.calls_per_batch, 100);
  EXPECT_GE(times.least, 10e-6);
  EXPECT_GE(calls, 5 + 5 * times.calls_per_batch);
}

TEST(Timing, loses_patience_with_what_takes_long) {
  std::int64_t calls = 0;
  const auto repeat = [&](std::int64_t n) {
    calls += n;
    std::this_thread::sleep_for(n * std::chrono::milliseconds(5));
  };
  const Times times = measure(repeat, {.seconds = 1,
                                       .warm_up_seconds = 1,
                                       .warm_up_calls = 1000,
                                       .batch_seconds = 0.001,
                                       .least_batches = 1000,
                                       .patience = 0.001});
  EXPECT_EQ(times.batches, 1U);
  EXPECT_EQ(calls, 3);  // to warm up, to see how long it takes, and to measure
}

TEST(MachineLimits, of_threads_add_up_no_further_than_their_number) {
  ir::Diagnostics diagnostics;
  const Threads one(1), two(2);
  auto single = MachineLimits::create(one, 1, diagnostics);
  auto twice = MachineLimits::create(two, 2, diagnostics);
  ASSERT_TRUE(single && twice) << ir::render(diagnostics);
  EXPECT_GT(single->flops(ir::DType::f32), 1e8);
  EXPECT_GT(single->flops(ir::DType::f64), 1e8);
  // A clock that drifts makes either of them larger, but not by so much.
  EXPECT_LT(twice->flops(ir::DType::f32), 8 * single->flops(ir::DType::f32));
  const auto bandwidth = [&](std::int64_t bytes, std::int64_t written) {
    return single->bandwidth({.bytes = bytes, .bytes_written = written});
  };
  EXPECT_GT(bandwidth(16 << 10, 0), 1e8);
  EXPECT_DOUBLE_EQ(bandwidth(1 << 20, 0), bandwidth((1 << 20) + 64, 0));
  // Results lie where operands lay; more results than operands have to be fetched as well.
  const std::int64_t half = 1 << 19;
  EXPECT_GT(bandwidth(2 * half, half), bandwidth(2 * half, half + half / 2));
}

}  // namespace
}  // namespace gradc::driver
