# RUN: %python %s
"""`ctc` against the sum over all ways to spell the labels, and its stability in f32 over many steps."""

import itertools
import math
import random

import gradc_run

MODEL = """model Aligned {
  dim B = %d, T = %d, C = %d, L = %d
  input x: f32[B, T, C]
  input y: i32[B, L]
  input len: i32[B]
  input labels: i32[B]
  each = ctc(x, y, len, labels, blank = %d)
  export loss = each
  export slope = grad(sum(select(each < inf, each, 0)) over x)
}
"""


def log_softmax(row):
    largest = max(row)
    total = math.log(sum(math.exp(x - largest) for x in row))
    return [x - largest - total for x in row]


def spelled(path, blank):
    return [c for c, before in zip(path, (None, *path)) if c not in (before, blank)]


def nll(logits, labels, blank):
    """-log of the probability of all paths that spell the labels."""
    logs = [log_softmax(row) for row in logits]
    paths = itertools.product(range(len(logits[0])), repeat=len(logits))
    total = sum(
        math.exp(sum(row[c] for row, c in zip(logs, path))) for path in paths if spelled(path, blank) == list(labels)
    )
    return -math.log(total) if total else math.inf


def run(x, y, lengths, labels, blank, bits):
    model = MODEL % (len(x), len(x[0]), len(x[0][0]), len(y[0]), blank)
    shapes = {"x": (x, f"f{bits}"), "y": (y, "i32"), "len": (lengths, "i32"), "labels": (labels, "i32")}
    inputs = {}
    for name, (values, dtype) in shapes.items():
        shape, inner = [], values
        while isinstance(inner, list):
            shape.append(str(len(inner)))
            inner = inner[0]
        inputs[name] = "x".join([*shape, dtype]) + "=" + " ".join(map(repr, gradc_run.flat(values)))
    return gradc_run.run(model, ["loss", "slope"], inputs, [f"--float=f{bits}", "--unroll=none"])


random.seed(3)
problems = []

# examples: labels, how many of them, how many steps; logits that are all equal have many ways of equal weight
CASES = [([1, 1, 2], 3, 5), ([2, 1, 0], 2, 4), ([1, 0, 0], 0, 2), ([2, 2, 2], 3, 5), ([1, 2, 1], 3, 5), ([1, 1, 1], 3, 3)]
for blank in (0, 1):
    x = [[[random.gauss(0, 1) for _ in range(3)] for _ in range(5)] for _ in CASES]
    x[4] = [[0.0] * 3] * 5
    swap = {0: blank, blank: 0}
    y = [[swap.get(label, label) for label in labels] for labels, _, _ in CASES]
    counts, lengths = [count for _, count, _ in CASES], [steps for _, _, steps in CASES]
    found = run(x, y, lengths, counts, blank, 64)
    for case, loss, slope in zip(range(len(CASES)), found["loss"], found["slope"]):
        expected = nll(x[case][: lengths[case]], y[case][: counts[case]], blank)
        if not (loss == expected or abs(loss - expected) <= 1e-13 * expected):
            problems.append(f"ctc of {CASES[case]} with blank {blank} is {loss}, not {expected}")
        if math.isinf(expected) and any(gradc_run.flat(slope)):
            problems.append(f"impossible labels {CASES[case]} have a slope")
        if any(gradc_run.flat(slope[lengths[case] :])):
            problems.append(f"steps behind the end of {CASES[case]} have a slope")

steps, classes, labels = 120, 6, 40
x = [[[random.gauss(0, 8) for _ in range(classes)] for _ in range(steps)] for _ in range(2)]
y = [[random.randrange(1, classes) for _ in range(labels)] for _ in range(2)]
single, double = (run(x, y, [steps, 90], [labels, 20], 0, bits) for bits in (32, 64))
for name in ("loss", "slope"):
    for got, expected in zip(gradc_run.flat(single[name]), gradc_run.flat(double[name])):
        if not abs(got - expected) <= 1e-5 * max(1, abs(expected)):
            problems.append(f"{name} of a long example is {got} in f32, not {expected}")
assert not problems, "\n".join(problems)
