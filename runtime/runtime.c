/* A pool of threads that share one loop at a time. Which thread runs which piece is left to chance;
   what a piece is, is not: so results do not depend on the number of threads. */
#define _POSIX_C_SOURCE 200809L

#include "runtime/runtime.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A loop to run. */
typedef struct job {
  gradc_task task;
  void* const* buffers;
  long count, grain;
} job;

/* One word for the number of a job and the pieces [begin, end) that nobody has claimed: a piece is
   claimed, and a job that is over is noticed, in one step. */
typedef unsigned long long ticket;
enum { most_pieces = 0xffff };
static ticket make_ticket(unsigned generation, long begin, long end) {
  return (ticket)generation << 32 | (ticket)begin << 16 | (ticket)end;
}
static unsigned generation_of(ticket t) { return (unsigned)(t >> 32); }
static long begin_of(ticket t) { return (long)(t >> 16 & 0xffff); }
static long end_of(ticket t) { return (long)(t & 0xffff); }

/* A thread's part of the job. It comes with the job: a thread that waits for work waits for one
   cache line and finds all of it there. */
enum { cache_line = 64 };
typedef struct part {
  ticket left; /* atomic */
  job what;    /* members atomic: they are read before it is known whether the job still runs */
  gradc_pool* pool;
  char rest_of_line[cache_line - sizeof(ticket) - sizeof(job) - sizeof(void*)];
} part;

struct gradc_pool {
  part* parts; /* by thread; the first is the caller's */
  int threads; /* the caller's among them */
  pthread_t* workers;

  pthread_mutex_t mutex; /* guards going to sleep, waking, and what follows */
  pthread_cond_t work;   /* the workers were called */
  pthread_cond_t done;   /* workers have finished pieces */
  unsigned calls;        /* to workers that sleep */
  int sleeping;          /* workers; read without the mutex too */
  int stop;              /* the job that comes with it is the last, and empty */

  char line_of_the_caller[cache_line];
  unsigned generation;   /* of the last job */
  long long begin;       /* of the job, in nanoseconds */
  long long alone_until; /* until then callers run their jobs themselves */
  char is_busy;          /* atomic: some caller's job runs */

  char line_of_the_workers[cache_line];
  long finished;           /* atomic: pieces of the job that workers are done with */
  char is_caller_sleeping; /* atomic */
};

/* ---- Waiting ------------------------------------------------------------------------------- */

/* It takes up to 40 microseconds until a thread that slept runs. So a thread that has nothing to do
   looks around for some time, but not for ever: the host may have other things to do. It soon lets
   others pass, since the one that it waits for may wait for its processor; and if others took it
   for long, there are too few of them, and it sleeps. */
enum {
  nanoseconds_of_looking = 200000,
  nanoseconds_for_others = 50000,
  looks_per_reading_of_clock = 32,
  looks_before_letting_pass = 256
};
typedef struct patience {
  unsigned looks;
  long long begin, last; /* readings of the clock, if there were any */
} patience;

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

static long long nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Pause; false if it is time to sleep. */
static int looks_again(patience* p) {
  long long now;
  pause_briefly();
  if (++p->looks % looks_per_reading_of_clock != 0) return 1;
  if (p->looks > looks_before_letting_pass) sched_yield();
  now = nanoseconds();
  if (p->begin == 0) p->begin = p->last = now;
  if (now - p->last > nanoseconds_for_others) return 0;
  p->last = now;
  return now - p->begin < nanoseconds_of_looking;
}

static int is_finished(gradc_pool* pool, long pieces) {
  return __atomic_load_n(&pool->finished, __ATOMIC_SEQ_CST) == pieces;
}

/* A worker that takes half as long again as the caller, and long enough to notice, was robbed of
   its processor. For a while the caller is faster alone. */
enum { nanoseconds_to_notice = 100000, nanoseconds_alone = 20000000 };
static void note_delay(gradc_pool* pool, long long begin_of_wait) {
  const long long now = nanoseconds(), waited = now - begin_of_wait;
  if (waited > nanoseconds_to_notice && 2 * waited > begin_of_wait - pool->begin)
    pool->alone_until = now + nanoseconds_alone;
}

/* Until the workers have finished so many pieces. */
static void wait_for_end(gradc_pool* pool, long pieces) {
  patience p = {0, 0, 0};
  while (!is_finished(pool, pieces)) {
    if (looks_again(&p)) continue;
    pthread_mutex_lock(&pool->mutex);
    __atomic_store_n(&pool->is_caller_sleeping, 1, __ATOMIC_SEQ_CST);
    while (!is_finished(pool, pieces)) pthread_cond_wait(&pool->done, &pool->mutex);
    __atomic_store_n(&pool->is_caller_sleeping, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&pool->mutex);
  }
  if (p.begin != 0) note_delay(pool, p.begin);
}

static void report_finished(gradc_pool* pool, long pieces) {
  if (pieces == 0) return;
  __atomic_add_fetch(&pool->finished, pieces, __ATOMIC_SEQ_CST);
  if (!__atomic_load_n(&pool->is_caller_sleeping, __ATOMIC_SEQ_CST)) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->done);
  pthread_mutex_unlock(&pool->mutex);
}

static int has_new_job(const part* p, unsigned seen) {
  return generation_of(__atomic_load_n(&p->left, __ATOMIC_ACQUIRE)) != seen;
}

static void sleep_until_called(gradc_pool* pool, const part* mine, unsigned seen) {
  unsigned calls;
  pthread_mutex_lock(&pool->mutex);
  calls = pool->calls;
  __atomic_store_n(&pool->sleeping, pool->sleeping + 1, __ATOMIC_SEQ_CST);
  while (pool->calls == calls && !has_new_job(mine, seen))
    pthread_cond_wait(&pool->work, &pool->mutex);
  __atomic_store_n(&pool->sleeping, pool->sleeping - 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&pool->mutex);
}

static void call_workers(gradc_pool* pool) {
  pthread_mutex_lock(&pool->mutex);
  ++pool->calls;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

/* For a job other than number `seen`. */
static void wait_for_job(const part* mine, unsigned seen) {
  for (;;) {
    patience p = {0, 0, 0};
    do {
      if (has_new_job(mine, seen)) return;
    } while (looks_again(&p));
    sleep_until_called(mine->pool, mine, seen);
  }
}

/* ---- Working ------------------------------------------------------------------------------- */

enum side { front, back };

/* The number of a piece of this part that is ours now, or -1 if none is left of that job. */
static long claim(part* from, unsigned generation, enum side side) {
  ticket left = __atomic_load_n(&from->left, __ATOMIC_ACQUIRE);
  for (;;) {
    const long begin = begin_of(left), end = end_of(left);
    const ticket rest = side == front ? make_ticket(generation, begin + 1, end)
                                      : make_ticket(generation, begin, end - 1);
    if (generation_of(left) != generation || begin >= end) return -1;
    if (__atomic_compare_exchange_n(&from->left, &left, rest, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return side == front ? begin : end - 1;
  }
}

static void run_piece(const job* j, long piece) {
  const long begin = piece * j->grain;
  const long end = j->count - begin < j->grain ? j->count : begin + j->grain;
  j->task(j->buffers, begin, end);
}

/* Run pieces of a part while there are any. How many? */
static long run_pieces(const job* j, part* from, unsigned generation, enum side side) {
  long piece, ran = 0;
  for (; (piece = claim(from, generation, side)) >= 0; ++ran) run_piece(j, piece);
  return ran;
}

/* The same for the parts of the others: from the back, since an owner's caches hold the front. */
static long help_others(const job* j, const part* mine, unsigned generation) {
  const gradc_pool* pool = mine->pool;
  const int self = (int)(mine - pool->parts);
  long ran = 0;
  int i;
  for (i = 1; i < pool->threads; ++i)
    ran += run_pieces(j, &pool->parts[(self + i) % pool->threads], generation, back);
  return ran;
}

/* Call it true only once a piece was claimed: another job may be on its way in. */
static job read_job(const part* p) {
  job out;
  out.task = __atomic_load_n(&p->what.task, __ATOMIC_RELAXED);
  out.buffers = __atomic_load_n(&p->what.buffers, __ATOMIC_RELAXED);
  out.count = __atomic_load_n(&p->what.count, __ATOMIC_RELAXED);
  out.grain = __atomic_load_n(&p->what.grain, __ATOMIC_RELAXED);
  return out;
}

static void write_job(part* p, const job* j) {
  __atomic_store_n(&p->what.task, j->task, __ATOMIC_RELAXED);
  __atomic_store_n(&p->what.buffers, j->buffers, __ATOMIC_RELAXED);
  __atomic_store_n(&p->what.count, j->count, __ATOMIC_RELAXED);
  __atomic_store_n(&p->what.grain, j->grain, __ATOMIC_RELAXED);
}

static void* worker(void* argument) {
  part* mine = argument;
  gradc_pool* pool = mine->pool;
  unsigned generation = 0;
  for (;;) {
    job j;
    wait_for_job(mine, generation);
    generation = generation_of(__atomic_load_n(&mine->left, __ATOMIC_ACQUIRE));
    if (pool->stop) return NULL;
    j = read_job(mine);
    report_finished(pool, run_pieces(&j, mine, generation, front));
    report_finished(pool, help_others(&j, mine, generation));
  }
}

/* Give every thread its part: always the same one of the same loop, for its caches' sake. */
static void publish(gradc_pool* pool, const job* j, long pieces) {
  const long n = pool->threads;
  long i;
  ++pool->generation;
  __atomic_store_n(&pool->finished, 0, __ATOMIC_RELAXED);
  for (i = n - 1; i >= 0; --i) { /* ours last, which nobody waits for */
    part* p = &pool->parts[i];
    const long begin = (i * pieces + n - 1) / n, end = ((i + 1) * pieces + n - 1) / n;
    write_job(p, j);
    __atomic_store_n(&p->left, make_ticket(pool->generation, begin, end), __ATOMIC_RELEASE);
  }
}

static long divide_up(long a, long b) { return a / b + (a % b != 0); }

static void run_shared(gradc_pool* pool, const job* j, long pieces) {
  long ran;
  publish(pool, j, pieces);
  /* A worker that is overlooked here, since it is just going to sleep, is not needed: others run
     its pieces. */
  if (__atomic_load_n(&pool->sleeping, __ATOMIC_RELAXED) != 0) call_workers(pool);
  ran = run_pieces(j, &pool->parts[0], pool->generation, front);
  ran += help_others(j, &pool->parts[0], pool->generation);
  wait_for_end(pool, pieces - ran);
}

void gradc_pool_parallel_for(void* opaque, gradc_task task, void* const* buffers, long count,
                             long grain) {
  gradc_pool* pool = opaque;
  job j = {task, buffers, count, grain};
  long pieces;
  if (count <= 0) return;
  j.grain *= divide_up(divide_up(count, grain), most_pieces);
  pieces = divide_up(count, j.grain);
  /* A loop inside a loop, or of a second caller, runs where it is. */
  if (pieces == 1 || pool->threads == 1 ||
      __atomic_exchange_n(&pool->is_busy, 1, __ATOMIC_ACQUIRE)) {
    task(buffers, 0, count);
    return;
  }
  pool->begin = nanoseconds();
  if (pool->begin < pool->alone_until)
    task(buffers, 0, count);
  else
    run_shared(pool, &j, pieces);
  __atomic_store_n(&pool->is_busy, 0, __ATOMIC_RELEASE);
}

/* ---- Beginning and end --------------------------------------------------------------------- */

/* Zeros, with cache lines of their own. */
static void* allocate(size_t bytes) {
  void* out;
  if (posix_memalign(&out, cache_line, bytes) != 0) return NULL;
  return memset(out, 0, bytes);
}

static void release(gradc_pool* pool) {
  free(pool->parts);
  free(pool->workers);
  free(pool);
}

gradc_pool* gradc_pool_create(int threads) {
  const int all = threads > 1 ? threads : 1;
  gradc_pool* pool = allocate(sizeof *pool);
  int i;
  if (!pool) return NULL;
  pool->parts = allocate((size_t)all * sizeof *pool->parts);
  pool->workers = allocate((size_t)all * sizeof *pool->workers);
  if (!pool->parts || !pool->workers || pthread_mutex_init(&pool->mutex, NULL) ||
      pthread_cond_init(&pool->work, NULL) || pthread_cond_init(&pool->done, NULL)) {
    release(pool);
    return NULL;
  }
  for (i = 0; i < all; ++i) pool->parts[i].pool = pool;
  for (pool->threads = 1; pool->threads < all; ++pool->threads)
    if (pthread_create(&pool->workers[pool->threads], NULL, worker, &pool->parts[pool->threads]) !=
        0) {
      gradc_pool_destroy(pool);
      return NULL;
    }
  return pool;
}

void gradc_pool_destroy(gradc_pool* pool) {
  const job nothing = {NULL, NULL, 0, 1};
  int i;
  if (!pool) return;
  pool->stop = 1;
  publish(pool, &nothing, 0);
  call_workers(pool);
  for (i = 1; i < pool->threads; ++i) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->mutex);
  release(pool);
}
