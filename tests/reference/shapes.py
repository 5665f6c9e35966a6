"""Other shapes and other orders, and rows that are looked up."""

import re

from arrays import View
from case import Unknown
from model import Model, axes


def embedding(case):
    model, rows = Model(case), case.shape("w")
    model.input("ids", *axes(len(case.shape("ids"))))
    padding = "" if case["padding_idx"] is None else f", padding = {case['padding_idx'] % rows[0]}"
    model.line(f"rows = Embedding({rows[0]}, {rows[1]}{padding})")
    model.weight("rows.table", "w")
    model.output("y", "rows(ids)")
    return model


def gather_scatter(case, count):
    """The elements of a row are ordered by how many of its row come before them."""
    model = Model(case)
    model.input("x", "R", "C")
    model.input("idx", "N")
    model.input("g", "I", "C")
    model.input("src", "I", "C")
    model.dim("K", int(count))
    model.dim("D", case.shape("x")[1])
    model.line("is_meant = index(R over I, R, C) == g")
    model.line("y = (x as [R, D]) + zeros(R, D, C)")
    model.line("is_before = select(y == x, index(D over D, C) < index(C over D, C), y > x)")
    model.line("place = sum(is_before over D)")
    model.outputs_from(
        {
            "sel": "gather(x, idx)",
            "ga": "sum(select(is_meant, x, 0) over R)",
            "sa": "x + sum(select(is_meant, src, 0) over I)",
            "topk": "sum(select(place == f32(index(K over R, K, C)), x, 0) over C)",
        }
    )
    return model


KINDS = {
    r"Rows of w; repeated ids add up in the gradient": embedding,
    r"sel: rows idx of x .*; ga\[i,j\] = x\[g\[i,j\],j\]; sa: x with src\[i,j\] added at \[g\[i,j\],j\]; "
    r"topk: the (\d+) largest of every row, falling": gather_scatter,
}
