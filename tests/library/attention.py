# RUN: %python %s
"""What attention may not look at has no influence; what it may has."""

import random

import gradc_run

B, T, S, D = 2, 5, 4, 6
MODEL = f"""model Looking {{
  dim B = {B}, T = {T}, S = {S}, D = {D}
  input x: f64[B, T, D]
  input m: f64[B, S, D]
  input len: i32[B]
  a = SelfAttention(2)
  c = SelfAttention(3, causal = true)
  p = MaskedSelfAttention(2)
  pc = MaskedSelfAttention(2, causal = true)
  cross = CrossAttention(2)
  pcross = MaskedCrossAttention(2)
  block = DecoderBlock(2)
  export all = a(f32(x))
  export causal = c(f32(x))
  export padded = p(f32(x), within(len, T))
  export both = pc(f32(x), within(len, T))
  export crossed = cross(f32(x), f32(m))
  export crosspadded = pcross(f32(x), f32(m), within(len, S))
  export decoded = block(f32(x), f32(m))
}}"""
ENTRIES = ["all", "causal", "padded", "both", "crossed", "crosspadded", "decoded"]
LENGTHS = [3, 0]

random.seed(1)


def drawn(places):
    return [[[random.gauss(0, 1) for _ in range(D)] for _ in range(places)] for _ in range(B)]


def computed(x, m):
    inputs = {
        "x": f"{B}x{T}x{D}xf64=" + " ".join(map(str, gradc_run.flat(x))),
        "m": f"{B}x{S}x{D}xf64=" + " ".join(map(str, gradc_run.flat(m))),
        "len": f"{B}xi32=" + " ".join(map(str, LENGTHS)),
    }
    return gradc_run.run(MODEL, ENTRIES, inputs, ["--float=f64"])


def changed(values, place):
    """The same with other numbers at one place of each example."""
    return [[[random.gauss(0, 1) for _ in row] if t == place else row for t, row in enumerate(rows)] for rows in values]


x, m = drawn(T), drawn(S)
plain = computed(x, m)
assert all(abs(number) < 100 for values in plain.values() for number in gradc_run.flat(values)), "no NaN where nothing is seen"

# entry, does place s of x (or of m) reach place t of example b?
FROM_X = {
    "all": lambda b, t, s: True,
    "causal": lambda b, t, s: s <= t,
    "padded": lambda b, t, s: s == t or s < LENGTHS[b] or LENGTHS[b] == 0,
    "both": lambda b, t, s: s == t or LENGTHS[b] == 0 or (s <= t and s < LENGTHS[b]),
    "crossed": lambda b, t, s: s == t,
    "decoded": lambda b, t, s: s <= t,
}
FROM_M = {
    "crossed": lambda b, t, s: True,
    "crosspadded": lambda b, t, s: s < LENGTHS[b] or LENGTHS[b] == 0,
    "decoded": lambda b, t, s: True,
    "all": lambda b, t, s: False,
}
problems = []
for rules, places, other in ((FROM_X, T, lambda s: computed(changed(x, s), m)), (FROM_M, S, lambda s: computed(x, changed(m, s)))):
    for s in range(places):
        after = other(s)
        for entry, reaches in rules.items():
            for b in range(B):
                for t in range(T):
                    found = plain[entry][b][t] != after[entry][b][t]
                    if found != reaches(b, t, s):
                        problems.append(f"{entry}: place {s} {'reaches' if found else 'does not reach'} {t} of example {b}")
assert not problems, "\n".join(problems)
