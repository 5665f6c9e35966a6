/* Trains XOR in a C89 program: xor.grad compiled to an object and a header, no heap, no other
 * library.
 *
 *   gradc build examples/xor.grad -o xor
 *   cc -std=c89 -I. examples/xor_host.c xor.o -o xor_host
 */
#include <stdio.h>

#include "xor.h"

static unsigned char params[XOR_PARAM_BYTES + XOR_ALIGN];
static unsigned char optimizer[XOR_OPT_BYTES + XOR_ALIGN];
static unsigned char state[XOR_STATE_BYTES + XOR_ALIGN];
static unsigned char arena[XOR_ARENA_BYTES + XOR_ALIGN];

static const float x[4 * 2] = {0, 0, 0, 1, 1, 0, 1, 1};
static const float y[4 * 1] = {0, 1, 1, 0};

static void* aligned(unsigned char* bytes) {
  return bytes + (XOR_ALIGN - (unsigned long)bytes % XOR_ALIGN) % XOR_ALIGN;
}

int main(void) {
  xor_mem memory;
  float p[4 * 1];
  float loss = 0;
  int i, correct = 0;

  memory.params = aligned(params);
  memory.opt = aligned(optimizer);
  memory.state = aligned(state);
  memory.arena = aligned(arena);

  xor_init(&memory, 1);
  for (i = 0; i < 2000; ++i) loss = xor_fit(&memory, x, y);
  xor_predict(&memory, x, p);

  for (i = 0; i < 4; ++i) {
    printf("%g xor %g = %.3f\n", x[2 * i], x[2 * i + 1], p[i]);
    correct += (p[i] > 0.5f) == (y[i] > 0.5f);
  }
  printf("loss %.6f, %d of 4 correct\n", loss, correct);
  return correct == 4 ? 0 : 1;
}
