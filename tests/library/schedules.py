# RUN: %python %s
"""Schedules against closed forms: the rate of a step is how far a parameter with the gradient 1 moves."""

import math

import gradc_run

STEPS = 12


def half_cosine(t):
    return 0.5 * (1 + math.cos(math.pi * min(max(t, 0), 1)))


CASES = [  # t counts from 1
    ("0.25", lambda t: 0.25),
    ("linear(1.0, 0.2, 8)", lambda t: 1 - 0.8 * min((t - 1) / 8, 1)),
    ("polynomial(1.0, 0.1, 8)", lambda t: 0.1 + 0.9 * (1 - min((t - 1) / 8, 1)) ** 2),
    ("cosine(0.5, 8)", lambda t: 0.5 * half_cosine((t - 1) / 8)),
    ("cosine(0.5, steps = 8, final = 0.1)", lambda t: 0.1 + 0.4 * half_cosine((t - 1) / 8)),
    ("cosine_restarts(0.5, 4)", lambda t: 0.5 * half_cosine((t - 1) % 4 / 4)),
    ("exponential(1.0, 0.5, 4)", lambda t: 0.5 ** ((t - 1) / 4)),
    ("staircase(1.0, 0.5, 4)", lambda t: 0.5 ** ((t - 1) // 4)),
    ("warmup(0.8, 4)", lambda t: 0.8 * min(t / 4, 1)),
    ("warmup_linear(0.8, 4, 10)", lambda t: 0.8 * min(t / 4, max(0, (10 - t) / 6))),
    ("warmup_cosine(0.8, 4, 10)", lambda t: 0.8 * min(t / 4, half_cosine((t - 4) / 6))),
    ("warmup_inverse_root(0.8, 4)", lambda t: 0.8 * min(t / 4, math.sqrt(4 / t))),
]

problems = []
for schedule, formula in CASES:
    model = f"""model Scheduled {{
  param p: f64 ~ zeros
  loss = -p
  step fit minimize loss over all using sgd(lr = {schedule})
  export now = p
}}"""
    computed = gradc_run.run(model, ["fit", "now"], {}, ["--repeat", str(STEPS)])["now"]
    for step, (before, after) in enumerate(zip([0.0, *computed], computed), 1):
        if not abs(after - before - formula(step)) <= 1e-12:
            problems.append(f"{schedule} at step {step} is {after - before!r}, not {formula(step)!r}")
assert not problems, "\n".join(problems)
