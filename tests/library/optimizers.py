# RUN: %python %s %source
"""Every optimizer, over some steps with given gradients, against its formula written down number by number."""

import math
import pathlib
import re
import sys

import gradc_run

GRADIENTS = [[0.5, -1.0, 2.0], [0.1, 0.0, -3.0], [-0.7, 0.3, 1.0], [1e-3, -2.0, 0.4], [0.2, 0.2, 0.2], [-1.0, 4.0, 0.0]]
START = 0.75


def sgd(p, lr, momentum=0, nesterov=False, decay=0):
    v = 0
    while True:
        g = (yield p) + decay * p
        v = momentum * v + g
        p -= lr * (g + momentum * v if nesterov else v)


def momentum(p, lr, momentum, nesterov=False, decay=0):
    v = 0
    while True:
        g = (yield p) + decay * p
        v = momentum * v + lr * g
        p -= momentum * v + lr * g if nesterov else v


def adam(p, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8, amsgrad=False, decay=0, decoupled=0):
    m = v = top = step = 0
    while True:
        g = (yield p) + decay * p
        step += 1
        p *= 1 - lr * decoupled
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        top = max(top, v)
        p -= lr / (1 - b1**step) * m / (math.sqrt(top if amsgrad else v) / math.sqrt(1 - b2**step) + eps)


def rmsprop(p, lr, rho, eps, momentum=0, centred=False, decay=0):
    v = m = u = 0
    while True:
        g = (yield p) + decay * p
        v = rho * v + (1 - rho) * g * g
        m = rho * m + (1 - rho) * g
        change = g / (math.sqrt(v - m * m if centred else v) + eps)
        u = momentum * u + change
        p -= lr * u


def adagrad(p, lr, eps=1e-10, decay=0):
    s = 0
    while True:
        g = (yield p) + decay * p
        s += g * g
        p -= lr * g / (math.sqrt(s) + eps)


def adadelta(p, lr=1.0, rho=0.9, eps=1e-6, decay=0):
    v = u = 0
    while True:
        g = (yield p) + decay * p
        v = rho * v + (1 - rho) * g * g
        change = math.sqrt(u + eps) / math.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * change * change
        p -= lr * change


CASES = [
    ("sgd(lr = 0.1)", lambda p: sgd(p, 0.1)),
    ("sgd(lr = 0.1, momentum = 0.9, decay = 0.1)", lambda p: sgd(p, 0.1, 0.9, decay=0.1)),
    ("sgd(lr = 0.1, momentum = 0.8, nesterov = true, decay = 0.01)", lambda p: sgd(p, 0.1, 0.8, True, 0.01)),
    ("momentum(lr = 0.1, momentum = 0.9)", lambda p: momentum(p, 0.1, 0.9)),
    ("momentum(lr = 0.1, momentum = 0.7, nesterov = true, decay = 0.1)", lambda p: momentum(p, 0.1, 0.7, True, 0.1)),
    ("adam", lambda p: adam(p)),
    ("adam(lr = 0.1, beta1 = 0.8, beta2 = 0.95, eps = 1e-3, decay = 0.2)", lambda p: adam(p, 0.1, 0.8, 0.95, 1e-3, decay=0.2)),
    ("adam(lr = 0.1, beta2 = 0.5, amsgrad = true)", lambda p: adam(p, 0.1, b2=0.5, amsgrad=True)),
    ("adamw(lr = 0.1, decay = 0.3)", lambda p: adam(p, 0.1, decoupled=0.3)),
    ("adamw(lr = 0.1, beta2 = 0.5, amsgrad = true, decay = 0.3)", lambda p: adam(p, 0.1, b2=0.5, amsgrad=True, decoupled=0.3)),
    ("rmsprop(lr = 0.1)", lambda p: rmsprop(p, 0.1, 0.9, 1e-8)),
    ("rmsprop(lr = 0.1, rho = 0.8, eps = 1e-3, momentum = 0.9, centred = true, decay = 0.1)",
     lambda p: rmsprop(p, 0.1, 0.8, 1e-3, 0.9, True, 0.1)),
    ("adagrad(lr = 0.1, decay = 0.1)", lambda p: adagrad(p, 0.1, decay=0.1)),
    ("adadelta", lambda p: adadelta(p)),
    ("adadelta(lr = 0.5, rho = 0.8, eps = 1e-4, decay = 0.1)", lambda p: adadelta(p, 0.5, 0.8, 1e-4, 0.1)),
]


def model(use):
    call = use if "(" in use else use + "()"
    return f"""model Optimized {{
  input g: f64[3]
  param p: f64[3] ~ constant({START})
  loss = sum(p * g)
  step fit minimize loss over all using {call}
  export now = p
}}"""


problems = []
for use, formula in CASES:
    rows = " ".join(str(g) for row in GRADIENTS for g in row)
    computed = gradc_run.run(model(use), ["fit", "now"], {"g": f"{len(GRADIENTS)}x3xf64={rows}"}, ["--repeat", str(len(GRADIENTS))])
    for element in range(3):
        update = formula(START)
        next(update)
        for step, row in enumerate(GRADIENTS):
            expected, got = update.send(row[element]), computed["now"][step][element]
            if not abs(got - expected) <= 1e-12:
                problems.append(f"{use}: element {element} after step {step + 1} is {got!r}, not {expected!r}")

# No optimizer of the library without a case.
names = {use.split("(")[0] for use, _ in CASES}
library = pathlib.Path(sys.argv[1], "frontend/library/optimizers.grad").read_text()
problems += [f"{name}: no case" for name in re.findall(r"(?m)^optimizer (\w+)", library) if name not in names]
assert not problems, "\n".join(problems)
