/* What a compiled model and the program that runs it agree on. C89, no dependencies. */
#ifndef GRADC_RUNTIME_H
#define GRADC_RUNTIME_H

#ifdef __cplusplus
extern "C" {
#endif

/* A part of a kernel: iterations [begin, end) of its outermost loop. */
typedef void (*gradc_task)(void* const* buffers, long begin, long end);

/* Runs `task` over [0, count) in pieces of `grain` iterations (the last may be shorter), in any
   order and on any threads, and returns when all are done. Pieces depend on the shapes only, so
   results do not depend on the number of threads. */
typedef void (*gradc_parallel_for)(void* pool, gradc_task task, void* const* buffers, long count,
                                   long grain);

/* One call of an entry: memory that the caller owns. */
typedef struct gradc_frame {
  void* parameters;            /* params and buffers */
  void* optimizer;             /* optimizer states and counters */
  void* state;                 /* per-stream states */
  void* arena;                 /* scratch memory, contents undefined */
  const void* const* inputs;   /* in the order of the entry's inputs */
  void* const* outputs;        /* in the order of the entry's results */
  gradc_parallel_for parallel; /* null: run on the calling thread */
  void* pool;                  /* handed to `parallel` */
} gradc_frame;

typedef void (*gradc_entry)(const gradc_frame* frame);

/* A pool of threads, the calling thread among them. */
typedef struct gradc_pool gradc_pool;
gradc_pool* gradc_pool_create(int threads); /* null if threads cannot be had */
void gradc_pool_destroy(gradc_pool* pool);
void gradc_pool_parallel_for(void* pool, gradc_task task, void* const* buffers, long count,
                             long grain);

#ifdef __cplusplus
}
#endif

#endif
