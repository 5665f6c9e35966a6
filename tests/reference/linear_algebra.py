"""Products."""

import re

from case import Unknown
from model import Model, axes


def gemm(case, _):
    model = Model(case)
    model.input("x", *axes(len(case.shape("x"))))
    model.line(f"fc = Dense({case.shape('w')[0]}, bias = {str('b' in case).lower()})")
    model.linear("fc", "w", "b" if "b" in case else None)
    model.output("y", "fc(x)")
    return model


def einsum(case):
    """Letters become dims. Those that only one factor has, and not the result, are summed before."""
    match = re.fullmatch(r"([a-z]*),([a-z]*)->([a-z]*)", case["equation"].replace(" ", ""))
    if not match or any(len(set(term)) < len(term) for term in match.groups()):
        raise Unknown(f"equation {case['equation']}")
    terms, result = dict(zip("xy", match.groups())), match[3]
    model = Model(case)
    for name, other in ("xy", "yx"):
        model.input(name, *terms[name].upper())
        alone = [letter for letter in terms[name] if letter not in terms[other] + result]
        if alone:
            terms[name] = "".join(letter for letter in terms[name] if letter not in alone)
            model.line(f"{name.upper()} = sum({name} over {', '.join(alone).upper()})")
        else:
            model.line(f"{name.upper()} = {name}")
    add_product(model, terms["x"], terms["y"], result)
    return model


def add_product(model, x, y, result):
    """The output z: axes are letters, and those missing from the result are summed over."""
    summed = [letter for letter in x if letter not in result]
    if summed:
        order = x + "".join(letter for letter in y if letter not in x)
        order = "".join(letter for letter in order if letter in result)
        product = f"dot(X, Y over {', '.join(summed).upper()})"
    else:
        order = result
        everywhere = f"zeros({', '.join(result).upper()})"
        product = f"(X + {everywhere}) * (Y + {everywhere})"
    model.output("z", product if order == result else f"transpose({product} over {', '.join(result).upper()})")


def matmul(case):
    """Batch axes are aligned from the last; along one of length 1 a matrix is used for all."""
    batch, terms = "PQRSTUV", {}
    model = Model(case)
    rank = max(len(case.shape("x")), len(case.shape("y"))) - 2
    letters = batch[: max(rank, 0)]
    for name, matrix in (("x", "IK"), ("y", "KJ")):
        shape = case.shape(name)
        matrix = matrix if len(shape) > 1 else "K"
        own = letters[len(letters) - (len(shape) - len(matrix)) :] + matrix
        sizes = list(zip(own, shape))
        kept = [letter for letter, size in sizes if letter not in batch or size > 1]
        for letter, size in sizes:
            if letter in kept:
                model.dim(letter, size)
        terms[name] = "".join(kept)
        model.inputs.append(name)
        model.line(f"input {name}: f32[{', '.join(x if x in kept else '1' for x, _ in sizes)}]")
        model.line(f"{name.upper()} = {name} as [{', '.join(kept)}]")
    for letter in letters:
        if letter not in terms["x"] + terms["y"]:
            raise Unknown("a batch axis of length 1 in both factors")
    matrix = "".join(letter for letter in "IJ" if letter in terms["x"] + terms["y"])
    add_product(model, terms["x"], terms["y"], letters + matrix)
    return model


KINDS = {
    r"y = x w\^T( \+ b)?\.": gemm,
    r"numpy matmul": matmul,
    r"Einstein sum of x and y": einsum,
}
