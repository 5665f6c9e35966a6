"""Which file knows a case: one per category, each with a table from what `computation` says to a
function that writes the model. The patterns match from the start of the text."""

import importlib
import re

from case import Unknown

FILES = {
    "elementwise": "elementwise",
    "linear algebra": "linear_algebra",
    "reduction": "reductions",
    "shape": "shapes",
    "normalisation": "normalisation",
    "loss": "losses",
    "attention": "attention",
    "optimiser": "optimisers",
    "training": "training",
    "convolution": "convolution",
    "pooling": "pooling",
    "recurrent": "recurrences",
}


def model(case):
    """The model of a case, finished."""
    if case.category not in FILES:
        raise Unknown(f"category {case.category}")
    for pattern, write in importlib.import_module(FILES[case.category]).KINDS.items():
        match = re.match(pattern, case.computation)
        if match:
            out = write(case, *match.groups())
            out.finish()
            return out
    raise Unknown(f"{case.category}: {case.computation[:90]}…")
