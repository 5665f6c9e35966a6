"""Sums and other functions over axes."""

import re

from case import Unknown
from model import Model, axes


def whole(case):
    """A model with x, and the names of its axes."""
    model, names = Model(case), axes(len(case.shape("x")))
    model.input("x", *names)
    return model, names


def reductions(case, product_axis):
    model, names = whole(case)
    over = ", ".join(names[axis] for axis in case["axes"])
    model.outputs_from(
        {
            "sum": f"sum(x over {over})",
            "mean": f"mean(x over {over})",
            "max": f"max(x over {over})",
            "min": f"min(x over {over})",
            "lse": f"logsumexp(x over {over})",
            "var": f"variance(x over {over})",
            "var1": f"variance(x, unbiased = true over {over})",
            "l2": f"l2_norm(x over {over})",
            "l1": f"l1_norm(x over {over})",
            "prod": f"product(x over {names[int(product_axis)]})",
            "cumsum": f"cumsum(x over {names[-1]})",
            "sumall": "sum(x)",
        }
    )
    return model


def softmax_of_each_axis(case):
    model, names = whole(case)
    functions = {"sm": "softmax", "lsm": "log_softmax"}
    for name in case.names("out"):
        match = re.fullmatch(r"(l?sm)(\d+)", name)
        if not match:
            raise Unknown(f"output {name}")
        model.output(name, f"{functions[match[1]]}(x over {names[int(match[2])]})")
    return model


def along_the_last(case):
    model, names = whole(case)
    last = names[-1]
    model.outputs_from(
        {
            "lse": f"logsumexp(x over {last})",
            "sm": f"softmax(x over {last})",
            "lsm": f"log_softmax(x over {last})",
        }
    )
    return model


KINDS = {
    r"Reductions over `axes` without keeping them; var is biased, var1 divides by n-1; "
    r"prod is over axis (\d+) alone; cumsum runs along the last axis": reductions,
    r"smK, lsmK: softmax and log-softmax along axis K": softmax_of_each_axis,
    r"Along the last axis, arguments far outside the range of exp": along_the_last,
}
