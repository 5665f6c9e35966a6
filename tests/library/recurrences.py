# RUN: %python %s
"""Recurrent layers against their equations, step by step; lengths; windows that go on where the one before has ended."""

import math

import gradc_run

B, T, I, H = 2, 4, 3, 2
LENGTHS = [2, 4]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def product(row, matrix):
    return [sum(x * w[j] for x, w in zip(row, matrix)) for j in range(len(matrix[0]))]


def plus(*rows):
    return [sum(values) for values in zip(*rows)]


def rnn(w, x, h, act=math.tanh):
    return [[act(a) for a in plus(product(x, w["wx"]), product(h[0], w["wh"]), w["b"])]]


def lstm(w, x, state, peepholes=False):
    h, c = state
    sums = plus(product(x, w["wx"]), product(h, w["wh"]), w["b"])
    i, f, g, o = (sums[k * H : (k + 1) * H] for k in range(4))
    zero = [0.0] * H
    pi, pf, po = (w[name] if peepholes else zero for name in ("pi", "pf", "po"))
    c = [sigmoid(f[k] + pf[k] * c[k] + 1) * c[k] + sigmoid(i[k] + pi[k] * c[k]) * math.tanh(g[k]) for k in range(H)]
    return [[sigmoid(o[k] + po[k] * c[k]) * math.tanh(c[k]) for k in range(H)], c]


def gru(w, x, state, reset_after=True):
    h = state[0]
    xs = plus(product(x, w["wx"]), w["b"])
    hs = product(h, w["wh"])
    r, z = ([sigmoid(xs[k + n] + hs[k + n]) for k in range(H)] for n in (0, H))
    wn = [row[2 * H :] for row in w["wh"]]
    seen = [r[k] * (hs[k + 2 * H] + w["c"][k]) for k in range(H)] if reset_after else product([a * b for a, b in zip(r, h)], wn)
    n = [math.tanh(xs[k + 2 * H] + seen[k]) for k in range(H)]
    return [[(1 - z[k]) * n[k] + z[k] * h[k] for k in range(H)]]


# a layer's name and options, its equations, its states and weights
GATED = ["wx", "wh", "b"]
CASES = [
    ("SimpleRNN", "", rnn, 1, GATED),
    ("SimpleRNN", ", act = relu", lambda w, x, h: rnn(w, x, h, lambda a: max(a, 0)), 1, GATED),
    ("LSTM", "", lstm, 2, GATED),
    ("LSTM", ", peepholes = true", lambda w, x, s: lstm(w, x, s, True), 2, [*GATED, "pi", "pf", "po"]),
    ("GRU", "", gru, 1, [*GATED, "c"]),
    ("GRU", ", reset_after = false", lambda w, x, s: gru(w, x, s, False), 1, GATED),
]


def expected(step, states, weights, x, lengths, reverse):
    out = [[None] * T for _ in x]
    for b, sequence in enumerate(x):
        state = [[0.0] * H for _ in range(states)]
        for t in reversed(range(T)) if reverse else range(T):
            if t < lengths[b]:
                state = step(weights, sequence[t], state)
            out[b][t] = state[0]
    return out


def model(name, options, reverse, masked, weights):
    """After a step of training, which moves weights that start with zero."""
    way = ", reverse = true" if reverse else ""
    exports = "".join(f"  export {w} = layer.cell.{w}\n" for w in weights)
    return f"""model Checked {{
  dim B = {B}, T = {T}, I = {I}
  input x: f64[B, T, I]
  input len: i32[B]
  layer = {"Masked" * masked}{name}({H}{options}{way})
  y = layer(x{", len" * masked})
  step fit minimize mean((y - 0.5)^2) over all using sgd(lr = 1)
  export out = y
{exports}}}
"""


X = [[[math.sin(1 + 7 * b + 3 * t + i) for i in range(I)] for t in range(T)] for b in range(B)]
INPUTS = {"x": f"{B}x{T}x{I}xf64=" + " ".join(map(repr, gradc_run.flat(X)))}
problems = []
for name, options, step, states, weights in CASES:
    for masked, reverse in ((False, False), (True, True)):
        inputs = INPUTS | ({"len": f"{B}xi32=" + " ".join(map(str, LENGTHS))} if masked else {})
        text = model(name, options, reverse, masked, weights)
        found = gradc_run.run(text, ["fit", "out", *weights], inputs, ["--float=f64", "--unroll=none"])
        wanted = expected(step, states, found, X, LENGTHS if masked else [T] * B, reverse)
        off = max(abs(a - b) for a, b in zip(gradc_run.flat(found["out"]), gradc_run.flat(wanted)))
        if not off <= 1e-14:
            problems.append(f"{'Masked' * masked}{name}{options}, reverse = {reverse}: off by {off}")
        if not all(map(any, (gradc_run.flat([found[w]]) for w in weights))):
            problems.append(f"{name}{options} has weights that do nothing")

# Windows of one step, one after the other, are one window; and `last_valid` finds the last valid state.
WINDOWS = """model Windows {
  dim B = %d, T = %d, I = %d
  input x: f64[B, T, I]
  input len: i32[B]
  layer = Stacked(%s, 2, depth = 2, carry = true)
  y = layer(x)
  export out = y
  export last = last_valid(y, len over T)
}
"""
for name in ("SimpleRNN", "LSTM", "GRU"):
    options = ["--float=f64", "--unroll=none"]
    lengths = {"len": f"{B}xi32=" + " ".join(map(str, LENGTHS))}
    first = f"{B}x1x{I}xf64=" + " ".join(repr(number) for sequence in X for number in sequence[0])
    again = f"{B}x3x{I}xf64=" + " ".join(repr(number) for sequence in X for number in 3 * sequence[0])
    whole = gradc_run.run(WINDOWS % (B, T, I, name), ["out"], INPUTS, options)
    last = gradc_run.run(WINDOWS % (B, T, I, name), ["last"], INPUTS | lengths, options)
    windows = gradc_run.run(WINDOWS % (B, 1, I, name), ["out"], {"x": first}, [*options, "--repeat", "3"])
    window = gradc_run.run(WINDOWS % (B, 3, I, name), ["out"], {"x": again}, options)
    steps = [windows["out"][k][b] for b in range(B) for k in range(3)]
    if max(abs(a - b) for a, b in zip(gradc_run.flat(steps), gradc_run.flat(window["out"]))) > 1e-14:
        problems.append(f"{name}: three windows of one step are not one window of three")
    if last["last"] != [whole["out"][b][LENGTHS[b] - 1] for b in range(B)]:
        problems.append(f"{name}: last_valid is {last['last']}")
assert not problems, "\n".join(problems)
