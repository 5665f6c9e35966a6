"""Other shapes and other orders, and rows that are looked up."""

import re

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


def operations(case):
    """Every output is described by itself: `fl: x reversed along axis 1; …`"""
    model = Model(case)
    x = axes(len(case.shape("x")))
    # y is as long as x, but for axis 1.
    dims = {"x": x, "y": [x[0], "Y", *x[2:]]}
    for name in ("x", "y"):
        model.input(name, *dims[name])
    for part in case.computation.rstrip(".").split("; "):
        name, what = part.split(": ", 1)
        match = next(filter(None, (re.fullmatch(pattern, what) for pattern in OPERATIONS)), None)
        if not match:
            raise Unknown(part)
        model.output(name, OPERATIONS[match.re.pattern](model, dims, *match.groups()))
    return model


def transposed(_, dims, order):
    return f"transpose(x over {', '.join(dims['x'][int(axis)] for axis in order.split(','))})"


def merged(_, dims):
    return f"x as [{dims['x'][0]}*{dims['x'][1]}, {', '.join(dims['x'][2:])}]"


def joined(_, dims, parts, axis):
    return f"concat({parts.replace(',', ', ')} over {dims[parts[0]][int(axis)]})"


def sliced(_, dims, name, slices):
    """`x[1:, ::2, -3:-1]`"""
    out = name
    for dim, text in zip(dims[name], slices.replace(" ", "").split(",")):
        start, stop, step = (text + ":").split(":")[:3]
        first, last = (f"{dim}{bound}" if bound.startswith("-") else bound for bound in (start or "0", stop or dim))
        if text.strip(":"):
            out = f"slice({out}, {first}, {last}{f', step = {step}' if step else ''} over {dim})"
    return out


def repeated_in_front(model, dims, name, size):
    model.dim("Front", int(size))
    return f"{name} + zeros(Front, {', '.join(dims[name])})"


def stacked(model, dims, name, factor, axis):
    model.dim("Two", 2)
    order = list(dims[name])
    order.insert(int(axis), "Two")
    return f"transpose(stack({name}, {factor} * {name} over Two) over {', '.join(order)})"


def reversed_(_, dims, name, axis):
    return f"reverse({name} over {dims[name][int(axis)]})"


def padded(model, dims, *numbers):
    """The text does not say of what; the shape of the result does."""
    *sizes, value = numbers
    more_last, more_before = (int(sizes[i]) + int(sizes[i + 1]) for i in (0, 2))
    for name in ("y", "x"):
        *front, before, last = model.case.shape(name)
        if model.case.result_shape("pad") == (*front, before + more_before, last + more_last):
            inner = f"padded({name}, {sizes[0]}, {sizes[1]}, value = {value} over {dims[name][-1]})"
            return f"padded({inner}, {sizes[2]}, {sizes[3]}, value = {value} over {dims[name][-2]})"
    raise Unknown("pad: of what?")


def reflected(_, dims, before, after):
    """The first and the last element are not repeated."""
    last = dims["x"][-1]
    front = f"reverse(slice(x, 1, {int(before) + 1} over {last}) over {before})"
    back = f"reverse(slice(x, {last}-{int(after) + 1}, {last}-1 over {last}) over {after})"
    return f"concat({front}, x, {back} over {before})"


def tiled(_, dims, name, counts):
    out = name
    for dim, count in zip(dims[name], map(int, counts.split(","))):
        if count > 1:
            out = f"concat({', '.join([out] * count)} over {dim})"
    return out


def upper_triangle(_, dims):
    row, column = dims["x"][-2:]
    return f"select(index({row} over {row}, {column}) <= index({column} over {row}, {column}), x, 0)"


OPERATIONS = {
    r"axes \(([\d,]+)\)": transposed,
    r"reshape to \[d0\*d1,d2\]": merged,
    r"\[([xy,]+)\] along axis (\d)": joined,
    r"(x|y)\[(.*)\]": sliced,
    r"(x|y) broadcast to \[(\d+),\.\.\.\]": repeated_in_front,
    r"stack\((x|y),(\d+)\1\) at axis (\d)": stacked,
    r"(x|y) reversed along axis (\d)": reversed_,
    r"last axis by \((\d+),(\d+)\), the one before by \((\d+),(\d+)\) with (-?[\d.]+)": padded,
    r"last axis by \((\d+),(\d+)\), reflected": reflected,
    r"(x|y) repeated \(([\d,]+)\)": tiled,
    r"upper triangle of the last two axes": upper_triangle,
}


KINDS = {
    r"tr: axes ": operations,
    r"Rows of w; repeated ids add up in the gradient": embedding,
    r"sel: rows idx of x .*; ga\[i,j\] = x\[g\[i,j\],j\]; sa: x with src\[i,j\] added at \[g\[i,j\],j\]; "
    r"topk: the (\d+) largest of every row, falling": gather_scatter,
}
