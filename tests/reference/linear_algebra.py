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
    rank = max(len(case.shape("x")), len(case.shape("y"))) - 2
    batch = "PQRSTUV"[: max(rank, 0)]
    letters = {name: letters_of(case.shape(name), batch, matrix) for name, matrix in (("x", "IK"), ("y", "KJ"))}
    model, terms = Model(case), {}
    for letter, size in [pair for name in "xy" for pair in zip(letters[name], case.shape(name))]:
        model.sizes[letter] = max(size, model.sizes.get(letter, 1))
    for name in "xy":
        sizes = list(zip(letters[name], case.shape(name)))
        terms[name] = "".join(letter for letter, size in sizes if size == model.sizes[letter])
        dims = [letter if letter in terms[name] else "1" for letter, _ in sizes]
        model.inputs.append(name)
        model.line(f"input {name}: f32[{', '.join(dims)}]")
        model.line(f"{name.upper()} = {name} as [{', '.join(terms[name])}]")
    add_product(model, terms["x"], terms["y"], batch + "".join(i for i in "IJ" if i in terms["x"] + terms["y"]))
    return model


def letters_of(shape, batch, matrix):
    """Of the axes of one factor. A vector has the axis alone that is summed over."""
    matrix = matrix if len(shape) > 1 else "K"
    return batch[len(batch) - (len(shape) - len(matrix)) :] + matrix


KINDS = {
    r"y = x w\^T( \+ b)?\.": gemm,
    r"numpy matmul": matmul,
    r"Einstein sum of x and y": einsum,
}
