#include "driver/train/progress.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <limits>

#include "driver/json.h"
#include "driver/train/progress_text.h"

namespace gradc::driver {
namespace {

/// A world in which the test says what time it is.
struct World {
  std::string errors, output;
  double time = 0;
  int columns = 100;

  ProgressOutput as_output(bool is_terminal) {
    return {.standard_error = [this](std::string_view text) { errors += text; },
            .standard_output = [this](std::string_view text) { output += text; },
            .now = [this] { return time; },
            .columns = [this] { return columns; },
            .is_terminal = is_terminal,
            .is_utf8 = false};
  }
};

/// Epochs of `batches` batches of `seconds` each.
void train(Progress& progress, World& world, std::int64_t first, std::int64_t last,
           std::int64_t batches, double seconds) {
  for (std::int64_t epoch = first; epoch <= last; ++epoch) {
    progress.begin_epoch(epoch);
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      world.time += seconds;
      progress.batch(1.0 / static_cast<double>(epoch));
    }
    const Metric metrics[] = {{"loss", 1.0 / static_cast<double>(epoch)}, {"accuracy", 0.5}};
    progress.end_epoch(metrics);
  }
  progress.finish();
}

std::int64_t lines(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(Progress, KnowsItsModes) {
  EXPECT_EQ(find_progress_mode("auto"), ProgressMode::automatic);
  EXPECT_EQ(find_progress_mode("json"), ProgressMode::json);
  EXPECT_FALSE(find_progress_mode("loud"));
}

TEST(Progress, PlainIsALinePerEpoch) {
  World world;
  Progress progress(ProgressMode::plain,
                    {.epochs = 2, .batches_per_epoch = 4, .examples_per_batch = 10},
                    world.as_output(false));
  train(progress, world, 1, 2, 4, 0.5);
  EXPECT_EQ(world.errors,
            "epoch 1/2  loss 1.0000  accuracy 0.5000  2.0 s  20 examples/s  ETA 2.0 s\n"
            "epoch 2/2  loss 0.5000  accuracy 0.5000  2.0 s  20 examples/s\n");
  EXPECT_EQ(world.output, "");
}

TEST(Progress, BatchesAreCountedWhereThereAreNoExamples) {
  World world;
  Progress progress(ProgressMode::plain,
                    {.epochs = 1, .batches_per_epoch = 4, .examples_per_batch = 0},
                    world.as_output(false));
  train(progress, world, 1, 1, 4, 0.5);
  EXPECT_NE(world.errors.find("2.0 s  2 batches/s\n"), std::string::npos) << world.errors;
}

TEST(Progress, PlainSpeaksUpInLongEpochs) {
  World world;
  Progress progress(ProgressMode::plain,
                    {.epochs = 1, .batches_per_epoch = 25, .examples_per_batch = 1},
                    world.as_output(false));
  train(progress, world, 1, 1, 25, 1);
  EXPECT_EQ(world.errors,
            "epoch 1/1   40%  loss 1.0000  1 examples/s  ETA 15.0 s\n"
            "epoch 1/1   80%  loss 1.0000  1 examples/s  ETA 5.0 s\n"
            "epoch 1/1  loss 1.0000  accuracy 0.5000  25.0 s  1 examples/s\n");
}

TEST(Progress, ManyEpochsGetFewLines) {
  World world;
  Progress progress(ProgressMode::plain, {.epochs = 2000}, world.as_output(false));
  train(progress, world, 1, 2000, 1, 0.001);
  EXPECT_EQ(lines(world.errors), 26);
  EXPECT_NE(world.errors.find("epoch    1/2000"), std::string::npos);
  EXPECT_NE(world.errors.find("epoch 2000/2000"), std::string::npos);
}

TEST(Progress, NotableEpochsGetALine) {
  World world;
  Progress progress(ProgressMode::plain, {.epochs = 2000}, world.as_output(false));
  progress.begin_epoch(7);
  progress.end_epoch({}, true);
  EXPECT_EQ(lines(world.errors), 1);
}

TEST(Progress, JsonIsAnObjectPerEpoch) {
  World world;
  Progress progress(ProgressMode::json,
                    {.epochs = 2, .batches_per_epoch = 4, .examples_per_batch = 10},
                    world.as_output(true));
  train(progress, world, 1, 2, 4, 0.5);
  EXPECT_EQ(
      world.output,
      R"({"epoch":1,"epochs":2,"seconds":2,"examples_per_second":20,"loss":1,"accuracy":0.5})"
      "\n"
      R"({"epoch":2,"epochs":2,"seconds":2,"examples_per_second":20,"loss":0.5,"accuracy":0.5})"
      "\n");
  EXPECT_EQ(world.errors, "");
}

TEST(Progress, JsonKeepsEveryMetricOnce) {
  World world;
  Progress progress(ProgressMode::json, {.epochs = 1}, world.as_output(false));
  progress.begin_epoch(1);
  const Metric metrics[] = {{"epoch", 0.25}, {"loss", std::numeric_limits<double>::quiet_NaN()}};
  progress.end_epoch(metrics);
  EXPECT_EQ(
      world.output,
      "{\"epochs\":1,\"seconds\":0,\"examples_per_second\":0,\"epoch\":0.25,\"loss\":null}\n");
}

TEST(Progress, BarIsRedrawnInPlace) {
  World world;
  Progress progress(ProgressMode::automatic,
                    {.epochs = 2, .batches_per_epoch = 2, .examples_per_batch = 8},
                    world.as_output(true));
  progress.begin_epoch(1);
  world.time = 1;
  progress.batch(0.25);
  EXPECT_EQ(world.errors,
            "\r\x1b[Kepoch 1/2  ##########..............................   25%  loss 0.2500  8 "
            "examples/s  ETA 3.0 s");
  world.errors.clear();
  world.time = 1.05;  // too early to be seen
  progress.batch(0.25);
  EXPECT_EQ(world.errors, "");
  progress.end_epoch({});
  EXPECT_EQ(world.errors, "\r\x1b[Kepoch 1/2  1.1 s  15 examples/s  ETA 1.1 s\n");
}

TEST(Progress, BarFitsEveryTerminal) {
  for (int columns = 0; columns <= 200; ++columns) {
    World world;
    world.columns = columns;
    Progress progress(ProgressMode::bar,
                      {.epochs = 3, .batches_per_epoch = 2, .examples_per_batch = 8},
                      world.as_output(true));
    train(progress, world, 1, 1, 2, 1);
    progress.begin_epoch(2);
    world.errors.clear();
    world.time += 1;
    progress.batch(0.125);
    EXPECT_LE(world.errors.size(), static_cast<std::size_t>(std::max(columns - 1, 0)) + 4)
        << world.errors;
    EXPECT_EQ(lines(world.errors), 0);
    EXPECT_EQ(world.errors.find("accuracy 0.5") != std::string::npos, columns >= 94)
        << columns << world.errors;
  }
}

TEST(Progress, TheBarMakesWay) {
  World world;
  Progress progress(ProgressMode::bar, {.epochs = 1, .batches_per_epoch = 9},
                    world.as_output(true));
  progress.begin_epoch(1);
  world.time = 1;
  progress.batch(1);
  world.errors.clear();
  progress.clear();
  progress.clear();
  EXPECT_EQ(world.errors, "\r\x1b[K");
}

TEST(Progress, AutomaticIsPlainElsewhere) {
  World world;
  Progress progress(ProgressMode::automatic, {}, world.as_output(false));
  train(progress, world, 1, 1, 1, 20);
  EXPECT_EQ(world.errors.find('\r'), std::string::npos);
  EXPECT_EQ(lines(world.errors), 2);
}

TEST(Progress, NoneIsSilent) {
  World world;
  Progress progress(ProgressMode::none, {.epochs = 3}, world.as_output(true));
  train(progress, world, 1, 3, 1, 20);
  EXPECT_EQ(world.errors + world.output, "");
}

TEST(Progress, AResumedRunCountsItsOwnTime) {
  World world;
  Progress progress(ProgressMode::plain, {.epochs = 10, .batches_per_epoch = 1},
                    world.as_output(false));
  train(progress, world, 9, 9, 1, 2);
  EXPECT_NE(world.errors.find("ETA 2.0 s"), std::string::npos) << world.errors;
}

TEST(ProgressText, StaysReadable) {
  EXPECT_EQ(metric_text(0.95123), "0.9512");
  EXPECT_EQ(metric_text(0), "0.0000");
  EXPECT_EQ(metric_text(0.00001234), "1.234e-05");
  EXPECT_EQ(metric_text(-123456), "-1.235e+05");
  EXPECT_EQ(metric_text(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(metric_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(rate_text(950.4), "950");
  EXPECT_EQ(rate_text(999.9), "1.0k");
  EXPECT_EQ(rate_text(12345), "12.3k");
  EXPECT_EQ(rate_text(999'999), "1.00M");
  EXPECT_EQ(duration_text(0.0854), "85 ms");
  EXPECT_EQ(duration_text(0.9999), "1.0 s");
  EXPECT_EQ(duration_text(59.99), "1:00");
  EXPECT_EQ(duration_text(187), "3:07");
  EXPECT_EQ(duration_text(3723), "1:02:03");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "833333:20:00");
}

TEST(ProgressText, BarsFillEvenly) {
  EXPECT_EQ(bar_text(0, 4, false), "....");
  EXPECT_EQ(bar_text(0.5, 4, false), "##..");
  EXPECT_EQ(bar_text(1, 4, false), "####");
  EXPECT_EQ(bar_text(2, 4, false), "####");
  EXPECT_EQ(bar_text(0.5 + 1.0 / 32, 4, true), "██▏ ");
  EXPECT_EQ(bar_text(0, 2, true), "  ");
}

}  // namespace
}  // namespace gradc::driver
