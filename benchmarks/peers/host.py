"""Memory of a process that trains with what `gradc build` made: a C program around the object file, which takes three steps."""

import re
import subprocess

import measuring
from gradc import MODELS, dims_of

HOST = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "{file}.h"

static void *room(size_t bytes) {{
  size_t whole = bytes / 64 * 64 + 64;
  return memset(aligned_alloc(64, whole), 0, whole);
}}

int main(void) {{
  {name}_mem m = {{room({NAME}_PARAM_BYTES), room({NAME}_OPT_BYTES), room({NAME}_STATE_BYTES), room({NAME}_ARENA_BYTES)}};
  {name}_init(&m, 1);
  {inputs}
  for (int step = 0; step < 3; ++step) {{ {calls} }}
  /* Not getrusage: it counts what the process was before it became this program. */
  FILE *status = fopen("/proc/self/status", "r");
  long kilobytes = 0;
  char line[256];
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kilobytes);
  printf("{{\\"rss_mb\\": %.1f}}\\n", kilobytes / 1024.);
}}
"""


def measure(gradc, case, folder):
    """The largest resident set of such a process, or why there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / case.model
    try:
        done([gradc, "build", MODELS / f"{case.model}.grad", *dims_of(case.sizes), "-o", stem])
        stem.with_suffix(".c").write_text(host(stem.with_suffix(".h").read_text(encoding="utf-8"), case), encoding="utf-8")
        done(["cc", f"{stem}.c", f"{stem}.o", "-lm", "-o", stem])
    except subprocess.CalledProcessError as failed:
        return {"error": measuring.last_line(failed.stderr)}
    return measuring.run([stem])


def done(command):
    subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)


def host(header, case):
    """The program for the functions that the header declares."""
    name = re.search(r"struct (\w+)_mem", header)[1]
    inputs, calls = [], []
    for entry in case.entries:
        taken = re.search(rf"\b{name}_{entry}\(([^)]*)\)", header)[1].split(",")[1:]
        arrays = [re.search(r"const (\w+) (\w+)\[(\d+)\]", each).groups() for each in taken]
        inputs += [f"const {kind} *{entry}_{array} = room({count} * sizeof({kind}));" for kind, array, count in arrays]
        calls.append(f"{name}_{entry}({', '.join(['&m', *(f'{entry}_{array}' for _, array, _ in arrays)])});")
    return HOST.format(file=case.model, name=name, NAME=name.upper(), inputs="\n  ".join(inputs), calls=" ".join(calls))
