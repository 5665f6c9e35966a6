# RUN: %python %s
"""Functions of one number and their slopes, compared with closed forms: near 0, at kinks, far out, in f32 and f64."""

import math
import re
import struct

import gradc_run

INFINITY = math.inf
NEAR = [0.0, 1e-30, -1e-30, 1e-7, -1e-7, 1e-3, -1e-3]
MIDDLE = [0.3, -0.3, 0.7, -0.7, 1.0, -1.0, 1.5, -1.5, 2.75, -2.75, 5.5, -5.5, 9.0, -9.0, 15.0, -15.0]
FAR = [30.0, -30.0, 100.0, -100.0, 1e4, -1e4]
LINE = NEAR + MIDDLE + FAR
UNIT = [x for x in LINE if -1 < x < 1] + [0.999, -0.999, 0.5, -0.5]
POSITIVE = [1e-30, 1e-7, 1e-3, 0.3, 0.7, 1.0, 1.5, 2.75, 15.0, 100.0, 1e4]


def exp(x):
    return math.exp(x) if x < 709 else INFINITY


def expm1(x):
    return math.expm1(x) if x < 709 else INFINITY


def sinh(x):
    return math.sinh(x) if abs(x) < 710 else math.copysign(INFINITY, x)


def cosh(x):
    return math.cosh(x) if abs(x) < 710 else INFINITY


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def softplus(x):
    return max(x, 0) + math.log1p(exp(-abs(x)))


def normal_below(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def normal_density(x):
    return exp(-x * x / 2) / math.sqrt(2 * math.pi)


def gelu_tanh_inner(x):
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def gelu_tanh_slope(x):
    t = math.tanh(gelu_tanh_inner(x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


def mish_slope(x):
    t = math.tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


def away(points, *kinks):
    return [x for x in points if x not in kinks]


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

# expression, function, slope, points; `absolute` marks sums that are not small where their parts are large
CASES = [
    ("exp(x)", exp, exp, LINE),
    ("log(x)", math.log, lambda x: 1 / x, POSITIVE),
    ("sqrt(x)", math.sqrt, lambda x: 0.5 / math.sqrt(x), POSITIVE),
    ("root(x)", lambda x: math.sqrt(x) if x > 0 else 0, lambda x: 0.5 / math.sqrt(x) if x > 0 else 0, [0.0, *POSITIVE]),
    ("rsqrt(x)", lambda x: x**-0.5, lambda x: -0.5 * x**-1.5, [x for x in POSITIVE if x > 1e-20]),
    ("expm1(x)", expm1, exp, LINE),
    ("log1p(x)", math.log1p, lambda x: 1 / (1 + x), [*UNIT, *POSITIVE]),
    ("log2(x)", math.log2, lambda x: 1 / (x * math.log(2)), POSITIVE),
    ("log10(x)", math.log10, lambda x: 1 / (x * math.log(10)), POSITIVE),
    ("logit(x)", lambda x: math.log(x / (1 - x)), lambda x: 1 / (x * (1 - x)), [1e-30, 1e-7, 0.3, 0.7, 0.999]),
    ("sin(x)", math.sin, math.cos, LINE),
    ("cos(x)", math.cos, lambda x: -math.sin(x), LINE),
    ("tan(x)", math.tan, lambda x: 1 + math.tan(x) ** 2, LINE),
    ("asin(x)", math.asin, lambda x: 1 / math.sqrt((1 - x) * (1 + x)), UNIT),
    ("acos(x)", math.acos, lambda x: -1 / math.sqrt((1 - x) * (1 + x)), UNIT),
    ("atan(x)", math.atan, lambda x: 1 / (1 + x * x), LINE),
    ("sinh(x)", sinh, cosh, LINE),
    ("cosh(x)", cosh, sinh, [x for x in LINE if abs(x) < 89]),
    ("asinh(x)", math.asinh, lambda x: 1 / math.hypot(1, x), [*LINE, 1e15, -1e15, 1e30]),
    ("acosh(x)", math.acosh, lambda x: 1 / (math.sqrt(x - 1) * math.sqrt(x + 1)), [1.001, 1.5, 2.75, 15.0, 1e4, 1e30]),
    ("atanh(x)", math.atanh, lambda x: 1 / ((1 - x) * (1 + x)), UNIT),
    ("square(x)", lambda x: x * x, lambda x: 2 * x, LINE),
    ("1 / x", lambda x: 1 / x, lambda x: -1 / (x * x), [x for x in LINE if abs(x) > 1e-15]),
    ("x^3", lambda x: x**3, lambda x: 3 * x * x, [x for x in LINE if abs(x) > 1e-10]),
    ("clip(x, -0.5, 0.8)", lambda x: min(max(x, -0.5), 0.8), lambda x: float(-0.5 < x < 0.8), LINE),
    ("ceil(x)", math.ceil, lambda x: 0, LINE),
    ("abs(x)", abs, lambda x: (x > 0) - (x < 0), LINE),
    ("erf(x)", math.erf, lambda x: 2 / math.sqrt(math.pi) * exp(-x * x), LINE),
    ("identity(x)", lambda x: x, lambda x: 1, LINE),
    ("heaviside(x)", lambda x: float(x > 0), lambda x: 0, LINE),
    ("sigmoid(x)", sigmoid, lambda x: sigmoid(x) * sigmoid(-x), LINE),
    ("tanh(x)", math.tanh, lambda x: 1 / cosh(x) ** 2, LINE),
    ("relu(x)", lambda x: max(x, 0), lambda x: float(x > 0), LINE),
    ("leaky_relu(x, 0.1)", lambda x: x if x > 0 else 0.1 * x, lambda x: 1 if x > 0 else 0.1, LINE),
    ("relu6(x)", lambda x: min(max(x, 0), 6), lambda x: float(0 < x < 6), away(LINE, 0)),
    ("elu(x)", lambda x: x if x > 0 else expm1(x), lambda x: 1 if x > 0 else exp(x), LINE),
    ("celu(x, 2)", lambda x: x if x > 0 else 2 * expm1(x / 2), lambda x: 1 if x > 0 else exp(x / 2), LINE),
    ("selu(x)", lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * expm1(x)),
     lambda x: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * exp(x)), away(LINE, 0)),
    ("softplus(x)", softplus, sigmoid, LINE),
    ("logsigmoid(x)", lambda x: -softplus(-x), lambda x: sigmoid(-x), LINE),
    ("softsign(x)", lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, LINE),
    ("silu(x)", lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), LINE),
    ("mish(x)", lambda x: x * math.tanh(softplus(x)), mish_slope, LINE),
    ("gelu(x)", lambda x: x * normal_below(x), lambda x: normal_below(x) + x * normal_density(x), LINE),
    ("gelu_tanh(x)", lambda x: 0.5 * x * (1 + math.tanh(gelu_tanh_inner(x))), gelu_tanh_slope, LINE),
    ("hard_sigmoid(x)", lambda x: min(max(x / 6 + 0.5, 0), 1), lambda x: 1 / 6 if -3 < x < 3 else 0, LINE),
    ("hard_tanh(x)", lambda x: min(max(x, -1), 1), lambda x: float(-1 < x < 1), away(LINE, 1, -1)),
    ("hard_silu(x)", lambda x: x * min(max(x / 6 + 0.5, 0), 1),
     lambda x: x / 3 + 0.5 if -3 < x < 3 else float(x > 0), LINE),
    ("tanhshrink(x)", lambda x: x - math.tanh(x), lambda x: math.tanh(x) ** 2, LINE),
    ("softshrink(x)", lambda x: x - min(max(x, -0.5), 0.5), lambda x: float(abs(x) > 0.5), LINE),
    ("hardshrink(x)", lambda x: x if abs(x) > 0.5 else 0, lambda x: float(abs(x) > 0.5), LINE),
    ("logaddexp(x, 1)", lambda x: max(x, 1) + math.log1p(exp(-abs(x - 1))), lambda x: sigmoid(x - 1), LINE),
    ("lerp(x, 3, 0.25)", lambda x: 0.75 * x + 0.75, lambda x: 0.75, LINE),
    ("finite(x)", lambda x: x, lambda x: 1, LINE),
]
# What is accurate to the last bits even where it is tiny; the others are where they are not below 1.
RELATIVE = {"exp", "expm1", "log1p", "atan", "asinh", "atanh", "asin", "sinh", "cosh", "acosh", "tan", "tanh", "sigmoid", "softplus",
            "logsigmoid", "silu", "elu", "celu", "selu", "sqrt", "rsqrt"}
TOLERANCE = {"f32": 6e-7, "f64": 8e-16}
SMALLEST = {"f32": 1e-37, "f64": 1e-300}  # what is below may be flushed to 0
LARGEST = {"f32": 3.4e38, "f64": 1.7e308}


def models(dtype):
    lines = ["model Functions {"]
    for i, (expression, _, _, points) in enumerate(CASES):
        lines.append(f"  input x{i}: {dtype}[{len(points)}]")
        expression = re.sub(r"\bx\b", f"x{i}", expression)
        lines.append(f"  y{i} = {expression}\n  export f{i} = y{i}\n  export d{i} = grad(sum(y{i}) over x{i})")
    return "\n".join(lines + ["}"])


def rounded(dtype, x):
    return struct.unpack("f", struct.pack("f", x))[0] if dtype == "f32" else x


def wrong(dtype, got, expected, is_relative):
    if abs(expected) > LARGEST[dtype]:
        return not (abs(got) > 0.4 * LARGEST[dtype] and (got > 0) == (expected > 0))
    if abs(expected) < SMALLEST[dtype]:
        return abs(got) > SMALLEST[dtype]
    scale = abs(expected) if is_relative else max(1.0, abs(expected))
    return not abs(got - expected) <= TOLERANCE[dtype] * scale


def check(dtype):
    inputs, entries = {}, []
    for i, case in enumerate(CASES):
        inputs[f"x{i}"] = gradc_run.tensor(dtype, case[3])
        entries += [f"f{i}", f"d{i}"]
    computed = gradc_run.run(models(dtype), entries, inputs)
    for i, (expression, function, slope, points) in enumerate(CASES):
        is_relative = expression.split("(")[0] in RELATIVE
        for what, formula, values in (("", function, computed[f"f{i}"]), ("slope of ", slope, computed[f"d{i}"])):
            for point, got in zip(points, values):
                x = rounded(dtype, point)
                if wrong(dtype, got, formula(x), is_relative and not what):
                    yield f"{dtype}: {what}{expression} at {x!r} is {got!r}, not {formula(x)!r}"


problems = [problem for dtype in ("f32", "f64") for problem in check(dtype)]
assert not problems, "\n".join(problems)
