/* A pool of threads that share one loop at a time. Which thread runs which piece is left to chance;
   what a piece is, is not: so results do not depend on the number of threads. */
#define _POSIX_C_SOURCE 200809L

#include "runtime/runtime.h"

#include <pthread.h>
#include <stdlib.h>

/* How often a thread looks for work (or for the end of it) before it sleeps: some ten microseconds.
 */
enum { spins = 1000 };

/* A loop to run. */
typedef struct job {
  gradc_task task;
  void* const* buffers;
  long count, grain, pieces;
  unsigned generation; /* number of the job */
} job;

/* One word, so that a piece is claimed and a stale job is noticed in one step. */
typedef unsigned long long ticket;
static ticket make_ticket(unsigned generation, unsigned long piece) {
  return (ticket)generation << 32 | piece;
}

struct gradc_pool {
  pthread_mutex_t mutex; /* guards job, stop, and going to sleep */
  pthread_cond_t work;   /* there is a new job, or the end */
  pthread_cond_t done;   /* the last piece is finished */
  pthread_mutex_t owner; /* held by the caller whose loop runs */
  job current;
  int stop;

  ticket next;         /* atomic: the next piece to claim */
  long finished;       /* atomic: pieces that are done */
  unsigned generation; /* atomic: of the current job */
  int workers;
  pthread_t threads[]; /* all but the caller's */
};

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

static void run_piece(const job* j, long piece) {
  const long begin = piece * j->grain;
  const long end = j->count - begin < j->grain ? j->count : begin + j->grain;
  j->task(j->buffers, begin, end);
}

/* The number of a piece that is ours now, or -1 if none is left of this job. */
static long claim(gradc_pool* pool, const job* j) {
  ticket next = __atomic_load_n(&pool->next, __ATOMIC_ACQUIRE);
  for (;;) {
    const long piece = (long)(next & 0xffffffffu);
    if ((unsigned)(next >> 32) != j->generation || piece >= j->pieces) return -1;
    if (__atomic_compare_exchange_n(&pool->next, &next, next + 1, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return piece;
  }
}

static void work_on(gradc_pool* pool, const job* j) {
  long piece;
  while ((piece = claim(pool, j)) >= 0) {
    run_piece(j, piece);
    if (__atomic_add_fetch(&pool->finished, 1, __ATOMIC_ACQ_REL) < j->pieces) continue;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
  }
}

/* Wait for a job other than number `seen`. Nothing if the pool ends. */
static int next_job(gradc_pool* pool, unsigned seen, job* out) {
  int i, found;
  for (i = 0; i < spins; ++i) {
    if (__atomic_load_n(&pool->generation, __ATOMIC_ACQUIRE) != seen) break;
    pause_briefly();
  }
  pthread_mutex_lock(&pool->mutex);
  while (!pool->stop && pool->current.generation == seen)
    pthread_cond_wait(&pool->work, &pool->mutex);
  found = !pool->stop;
  *out = pool->current;
  pthread_mutex_unlock(&pool->mutex);
  return found;
}

static void* worker(void* argument) {
  gradc_pool* pool = argument;
  job j = {0};
  while (next_job(pool, j.generation, &j)) work_on(pool, &j);
  return NULL;
}

static job publish(gradc_pool* pool, gradc_task task, void* const* buffers, long count, long grain,
                   long pieces) {
  job j;
  pthread_mutex_lock(&pool->mutex);
  pool->current.task = task;
  pool->current.buffers = buffers;
  pool->current.count = count;
  pool->current.grain = grain;
  pool->current.pieces = pieces;
  ++pool->current.generation;
  j = pool->current;
  __atomic_store_n(&pool->finished, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&pool->next, make_ticket(j.generation, 0), __ATOMIC_RELEASE);
  __atomic_store_n(&pool->generation, j.generation, __ATOMIC_RELEASE);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  return j;
}

static int is_finished(gradc_pool* pool, long pieces) {
  return __atomic_load_n(&pool->finished, __ATOMIC_ACQUIRE) == pieces;
}

static void wait_for_end(gradc_pool* pool, long pieces) {
  int i;
  for (i = 0; i < spins; ++i) {
    if (is_finished(pool, pieces)) return;
    pause_briefly();
  }
  pthread_mutex_lock(&pool->mutex);
  while (!is_finished(pool, pieces)) pthread_cond_wait(&pool->done, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

void gradc_pool_parallel_for(void* opaque, gradc_task task, void* const* buffers, long count,
                             long grain) {
  gradc_pool* pool = opaque;
  const long pieces = count / grain + (count % grain != 0);
  job j;
  if (count <= 0) return;
  /* A loop inside a loop, or of a second caller, runs where it is. */
  if (pieces == 1 || pool->workers == 0 || pieces > 0x7fffffffL ||
      pthread_mutex_trylock(&pool->owner) != 0) {
    task(buffers, 0, count);
    return;
  }
  j = publish(pool, task, buffers, count, grain, pieces);
  work_on(pool, &j);
  wait_for_end(pool, pieces);
  pthread_mutex_unlock(&pool->owner);
}

gradc_pool* gradc_pool_create(int threads) {
  const int workers = threads > 1 ? threads - 1 : 0;
  gradc_pool* pool = calloc(1, sizeof *pool + (size_t)workers * sizeof pool->threads[0]);
  if (!pool) return NULL;
  if (pthread_mutex_init(&pool->mutex, NULL) || pthread_mutex_init(&pool->owner, NULL) ||
      pthread_cond_init(&pool->work, NULL) || pthread_cond_init(&pool->done, NULL)) {
    free(pool);
    return NULL;
  }
  for (; pool->workers < workers; ++pool->workers)
    if (pthread_create(&pool->threads[pool->workers], NULL, worker, pool) != 0) {
      gradc_pool_destroy(pool);
      return NULL;
    }
  return pool;
}

void gradc_pool_destroy(gradc_pool* pool) {
  int i;
  if (!pool) return;
  pthread_mutex_lock(&pool->mutex);
  pool->stop = 1;
  __atomic_add_fetch(&pool->generation, 1, __ATOMIC_RELEASE); /* whoever spins may stop */
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (i = 0; i < pool->workers; ++i) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->owner);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}
