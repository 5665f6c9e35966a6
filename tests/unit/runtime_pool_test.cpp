/// The pool runs every piece once, whatever the number of threads.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "runtime/runtime.h"

namespace {

struct Visits {
  std::vector<std::atomic<int>> count;
  std::atomic<long> longest{0};
  explicit Visits(long size) : count(static_cast<std::size_t>(size)) {}
};

void visit(void* const* buffers, long begin, long end) {
  auto& visits = *static_cast<Visits*>(buffers[0]);
  for (long i = begin; i < end; ++i) ++visits.count[static_cast<std::size_t>(i)];
  long seen = visits.longest;
  while (end - begin > seen && !visits.longest.compare_exchange_weak(seen, end - begin)) {
  }
}

void expect_each_once(gradc_pool* pool, long count, long grain) {
  Visits visits(count);
  void* buffers[] = {&visits};
  gradc_pool_parallel_for(pool, visit, buffers, count, grain);
  for (const auto& n : visits.count) ASSERT_EQ(n, 1);
}

TEST(Pool, RunsEveryPieceOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    gradc_pool* pool = gradc_pool_create(threads);
    ASSERT_TRUE(pool);
    for (const long count : {0L, 1L, 2L, 7L, 100L, 1001L})
      for (const long grain : {1L, 3L, 100L, 5000L}) expect_each_once(pool, count, grain);
    gradc_pool_destroy(pool);
  }
}

TEST(Pool, SurvivesManyShortLoops) {
  gradc_pool* pool = gradc_pool_create(4);
  ASSERT_TRUE(pool);
  for (int i = 0; i < 3000; ++i) expect_each_once(pool, 8, 1);
  gradc_pool_destroy(pool);
}

TEST(Pool, RunsMorePiecesThanATicketCounts) {
  gradc_pool* pool = gradc_pool_create(3);
  ASSERT_TRUE(pool);
  expect_each_once(pool, 200001, 1);
  expect_each_once(pool, 65536, 1);
  gradc_pool_destroy(pool);
}

/// Which threads ran pieces, each of which takes a while.
struct Attendance {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  static void note(void* const* buffers, long, long) {
    auto& attendance = *static_cast<Attendance*>(buffers[0]);
    const std::scoped_lock lock(attendance.mutex);
    attendance.seen.insert(std::this_thread::get_id());
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
};

TEST(Pool, WakesThreadsThatSleep) {
  gradc_pool* pool = gradc_pool_create(2);
  ASSERT_TRUE(pool);
  Attendance attendance;
  void* buffers[] = {&attendance};
  for (int i = 0; i < 1000 && attendance.seen.size() < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    gradc_pool_parallel_for(pool, Attendance::note, buffers, 8, 1);
  }
  EXPECT_EQ(attendance.seen.size(), 2U);
  gradc_pool_destroy(pool);
}

TEST(Pool, PiecesAreNoLongerThanTheGrain) {
  gradc_pool* pool = gradc_pool_create(2);
  ASSERT_TRUE(pool);
  Visits visits(100);
  void* buffers[] = {&visits};
  gradc_pool_parallel_for(pool, visit, buffers, 100, 7);
  EXPECT_EQ(visits.longest, 7);
  gradc_pool_destroy(pool);
}

TEST(Pool, ServesSeveralCallersAndLoopsInLoops) {
  gradc_pool* pool = gradc_pool_create(3);
  ASSERT_TRUE(pool);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 300; ++i) expect_each_once(pool, 50, 2);
    });
  for (std::thread& caller : callers) caller.join();

  struct Nested {
    gradc_pool* pool;
    static void run(void* const* buffers, long, long) {
      expect_each_once(static_cast<Nested*>(buffers[0])->pool, 20, 1);
    }
  } nested{pool};
  void* buffers[] = {&nested};
  gradc_pool_parallel_for(pool, Nested::run, buffers, 4, 1);
  gradc_pool_destroy(pool);
}

TEST(Pool, EndsWhereItHasNotBegun) {
  gradc_pool_destroy(gradc_pool_create(4));
  gradc_pool_destroy(nullptr);
}

}  // namespace
