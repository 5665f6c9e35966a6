# RUN: %python %s
"""Means and deviations of what initialisers draw, ranges, and orthonormal rows and columns."""

import math

import gradc_run

ROWS, COLUMNS = 60, 90
PLACES = 9  # of a convolution's weights [out, in, 3, 3]
# initialiser, deviation, largest absolute value (None: none) for a matrix [in, out]
CASES = [
    ("glorot_uniform", math.sqrt(2 / (ROWS + COLUMNS)), math.sqrt(6 / (ROWS + COLUMNS))),
    ("glorot_uniform(2.0)", 2 * math.sqrt(2 / (ROWS + COLUMNS)), 2 * math.sqrt(6 / (ROWS + COLUMNS))),
    ("glorot_normal", math.sqrt(2 / (ROWS + COLUMNS)), None),
    ("he_uniform", math.sqrt(2 / ROWS), math.sqrt(6 / ROWS)),
    ("he_normal", math.sqrt(2 / ROWS), None),
    ("lecun_uniform", math.sqrt(1 / ROWS), math.sqrt(3 / ROWS)),
    ("lecun_normal", math.sqrt(1 / ROWS), None),
    ("uniform(-0.1, 0.1)", 0.2 / math.sqrt(12), 0.1),
    ("normal(0.3)", 0.3, None),
    ("truncated_normal(0.5)", 0.5 * 0.87962566103423978, 1.0),
    ("orthogonal", math.sqrt(1 / COLUMNS), None),
    ("constant(0.25)", 0.0, 0.25),
]


def model(shape, initialiser):
    return f"model Drawn {{\n  param w: f32{list(shape)} ~ {initialiser}\n  export now = w\n}}"


def drawn(shape, initialiser):
    return gradc_run.run(model(shape, initialiser), ["now"])["now"]


def moments(values):
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((x - mean) ** 2 for x in values) / len(values))


def from_orthonormal(matrix):
    """The largest error of the products of rows, or of columns if there are fewer of them."""
    rows = matrix if len(matrix) <= len(matrix[0]) else list(zip(*matrix))
    return max(abs(sum(x * y for x, y in zip(a, b)) - (i == j)) for i, a in enumerate(rows) for j, b in enumerate(rows))


problems = []
for initialiser, deviation, largest in CASES:
    values = gradc_run.flat(drawn((ROWS, COLUMNS), initialiser))
    mean, found = moments(values)
    expected_mean = 0.25 if initialiser.startswith("constant") else 0
    if not abs(mean - expected_mean) <= 5 * deviation / math.sqrt(len(values)):
        problems.append(f"{initialiser}: mean {mean}")
    if not abs(found - deviation) <= 0.04 * deviation + 1e-6:
        problems.append(f"{initialiser}: deviation {found}, not {deviation}")
    if largest and not 0.97 * largest <= max(map(abs, values)) <= largest * (1 + 1e-6):
        problems.append(f"{initialiser}: largest {max(map(abs, values))}, not {largest}")

found = moments(gradc_run.flat(drawn((20, 30, 3, 3), "he_normal")))[1]
if not abs(found / math.sqrt(2 / (30 * PLACES)) - 1) <= 0.04:
    problems.append(f"he_normal of a convolution: deviation {found}")

for shape in ((64, 64), (1, 1), (7, 33), (33, 7), (128, 64), (3, 1)):
    error = from_orthonormal(drawn(shape, "orthogonal"))
    if not error < 1e-5:
        problems.append(f"orthogonal {shape}: off by {error}")
kernels = [gradc_run.flat(kernel) for kernel in drawn((16, 4, 3, 3), "orthogonal(2.0)")]
if not from_orthonormal([[x / 2 for x in kernel] for kernel in kernels]) < 1e-5:
    problems.append("orthogonal kernels are not")
gates = drawn((8, 32), "orthogonal(blocks = 4)")
for first in range(0, 32, 8):
    if not from_orthonormal([row[first : first + 8] for row in gates]) < 1e-5:
        problems.append(f"the orthogonal block at {first} is not")
if drawn((2, 3), "eye") != [[1, 0, 0], [0, 1, 0]]:
    problems.append("eye is not")
assert not problems, "\n".join(problems)
