# RUN: %python %s
"""Losses against closed forms, where they are easy and where they would overflow or take a logarithm of 0."""

import math
import re

import gradc_run


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def log_softmax(row):
    largest = max(row)
    total = math.log(sum(math.exp(x - largest) for x in row))
    return [x - largest - total for x in row]


def kl(mu, s, mu2, s2):
    """Of normal distributions with these deviations."""
    return math.log(s2 / s) + (s * s + (mu - mu2) ** 2) / (2 * s2 * s2) - 0.5


# Losses of two numbers: expression of a and b, formula, points
PAIRS = [(0.3, 1.0), (-0.7, 0.0), (2.5, 1.0), (0.0, 0.0), (0.4, -1.0), (1e4, 1.0), (-1e4, 1.0), (1e4, 0.0), (-100.0, -1.0)]
CHANCES = [(0.3, 1.0), (0.3, 0.0), (0.999, 0.25), (1e-9, 0.0), (1.0, 1.0), (0.0, 0.0)]
SPREADS = [(0.3, 0.5), (-1.0, 2.0), (0.0, 0.0), (3.0, -4.0), (0.0, 1e-9)]
ELEMENTWISE = [
    ("mse(a, b)", lambda a, b: (a - b) ** 2, PAIRS),
    ("l1(a, b)", lambda a, b: abs(a - b), PAIRS),
    ("huber(a, b, 0.7)", lambda a, b: 0.5 * (a - b) ** 2 if abs(a - b) < 0.7 else 0.7 * (abs(a - b) - 0.35), PAIRS),
    ("smooth_l1(a, b, 0.4)", lambda a, b: (a - b) ** 2 / 0.8 if abs(a - b) < 0.4 else abs(a - b) - 0.2, PAIRS),
    ("bce(a, b)", lambda a, b: -(b * math.log(a) if b else 0) - ((1 - b) * math.log1p(-a) if b < 1 else 0), CHANCES),
    ("bce_logits(a, b)", lambda a, b: b * softplus(-a) + (1 - b) * softplus(a), PAIRS),
    ("weighted_bce_logits(a, b, 3)", lambda a, b: 3 * b * softplus(-a) + (1 - b) * softplus(a), PAIRS),
    ("hinge(a, b)", lambda a, b: max(1 - a * b, 0), PAIRS),
    ("squared_hinge(a, b)", lambda a, b: max(1 - a * b, 0) ** 2, PAIRS),
    ("kl_normal(a, b)", lambda a, b: kl(a, math.exp(b / 2), 0, 1), SPREADS),
    ("kl_normals(a, b, 0.5, -1)", lambda a, b: kl(a, math.exp(b / 2), 0.5, math.exp(-0.5)), SPREADS),
    ("gaussian_nll(a, 0.5, b)", lambda a, b: 0.5 * (math.log(b) + (a - 0.5) ** 2 / b), [(0.3, 0.5), (-1.0, 2.0), (3.0, 1e-3)]),
    ("kl_div(log(a), b)", lambda a, b: b * math.log(b / a) if b else 0, [(0.3, 1.0), (0.25, 0.5), (0.1, 0.0)]),
]

LOGITS = [[1.0, -2.0, 0.5], [1e4, 0.0, -1e4], [0.0, 0.0, 0.0], [3.0, 1.0, -1.0], [-1e4, -1e4, 1e4]]
CLASSES = [1, 0, -100, 2, -1]
SOFT = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.6, 0.3, 0.1], [0.0, 0.0, 1.0]]


def cross_entropy(row, label, smoothing=0.0):
    if label < 0:
        return 0.0
    logs = log_softmax(row)
    return -(1 - smoothing) * logs[label] - smoothing * sum(logs) / len(logs)


kept = [(row, label) for row, label in zip(LOGITS, CLASSES) if label >= 0]
ROWS = [
    ("cross_entropy(x, y)", [cross_entropy(*pair) for pair in zip(LOGITS, CLASSES)]),
    ("cross_entropy(x, y, smoothing = 0.1)", [cross_entropy(*pair, 0.1) for pair in zip(LOGITS, CLASSES)]),
    ("soft_cross_entropy(x, p)", [-sum(p * q for p, q in zip(ps, log_softmax(row))) for ps, row in zip(SOFT, LOGITS)]),
    ("masked_mean(cross_entropy(x, y), y >= 0)", sum(cross_entropy(*pair) for pair in kept) / len(kept)),
    ("masked_mean(cross_entropy(x, y), y > 9)", 0.0),
    ("round(5 * accuracy(x, y))", 1.0),
    ("logsumexp(x over C)", [max(row) + math.log(sum(math.exp(x - max(row)) for x in row)) for row in LOGITS]),
    ("cosine_distance(p, p)", [0.0] * 5),
]


def model():
    lines = ["model Losses {", "  dim N = 5, C = 3", "  input x: f64[N, C]", "  input p: f64[N, C]", "  input y: i32[N]"]
    for i, (expression, _, points) in enumerate(ELEMENTWISE):
        lines += [f"  input a{i}: f64[{len(points)}]", f"  input b{i}: f64[{len(points)}]"]
        for name in "ab":
            expression = re.sub(rf"\b{name}\b", f"{name}{i}", expression)
        lines += [f"  e{i} = {expression}", f"  export loss{i} = e{i}", f"  export slope{i} = grad(sum(e{i}) over a{i})"]
    lines += [f"  export row{i} = {expression}" for i, (expression, _) in enumerate(ROWS)]
    lines += ["  export slopes = grad(sum(cross_entropy(x, y, smoothing = 0.1)) over x)", "}"]
    return "\n".join(lines)


inputs = {
    "x": "5x3xf64=" + " ".join(map(str, gradc_run.flat(LOGITS))),
    "p": "5x3xf64=" + " ".join(map(str, gradc_run.flat(SOFT))),
    "y": "5xi32=" + " ".join(map(str, CLASSES)),
}
entries = ["slopes", *(f"row{i}" for i in range(len(ROWS)))]
for i, (_, _, points) in enumerate(ELEMENTWISE):
    inputs |= {f"a{i}": gradc_run.tensor("f64", [a for a, _ in points]), f"b{i}": gradc_run.tensor("f64", [b for _, b in points])}
    entries += [f"loss{i}", f"slope{i}"]
computed = gradc_run.run(model(), entries, inputs)


def differs(got, expected):
    return not abs(got - expected) <= 1e-14 * max(1, abs(expected))


problems = []
for i, (expression, formula, points) in enumerate(ELEMENTWISE):
    for (a, b), loss, slope in zip(points, computed[f"loss{i}"], computed[f"slope{i}"]):
        if differs(loss, formula(a, b)):
            problems.append(f"{expression} at {a}, {b} is {loss!r}, not {formula(a, b)!r}")
        if not math.isfinite(slope):
            problems.append(f"{expression} at {a}, {b} has the slope {slope}")
for i, (expression, expected) in enumerate(ROWS):
    for got, value in zip(gradc_run.flat([computed[f"row{i}"]]), gradc_run.flat([expected])):
        if differs(got, value):
            problems.append(f"{expression} is {got!r}, not {value!r}")
for row, label, slopes in zip(LOGITS, CLASSES, computed["slopes"]):
    for c, (log, slope) in enumerate(zip(log_softmax(row), slopes)):
        expected = math.exp(log) - 0.9 * (c == label) - 0.1 / 3 if label >= 0 else 0.0
        if differs(slope, expected):
            problems.append(f"slope of cross_entropy at {row}, {label} is {slope!r}, not {expected!r}")
assert not problems, "\n".join(problems)
