"""Activations and other functions of one element."""

import re
import struct

from case import Unknown
from model import Model, axes

# What the library calls it; {} is a parameter in the name: elu_1, leaky_relu_0_1.
ACTIVATIONS = {
    "celu": "celu(x, {})",
    "elu": "elu(x, {})",
    "erf": "erf(x)",
    "gelu_erf": "gelu(x)",
    "gelu_tanh": "gelu_tanh(x)",
    "hardsigmoid": "hard_sigmoid(x)",
    "hardswish": "hard_silu(x)",
    "hardtanh": "hard_tanh(x)",
    "leaky_relu": "leaky_relu(x, {})",
    "hardshrink": "hardshrink(x, {})",
    "logsigmoid": "logsigmoid(x)",
    "mish": "mish(x)",
    "relu": "relu(x)",
    "relu6": "relu6(x)",
    "selu": "selu(x)",
    "sigmoid": "sigmoid(x)",
    "silu": "silu(x)",
    "softplus": "softplus(x)",
    "softshrink": "softshrink(x, {})",
    "softsign": "softsign(x)",
    "tanh": "tanh(x)",
    "tanhshrink": "tanhshrink(x)",
}

MATH = {
    **{name: f"{name}(x)" for name in "exp log log1p expm1 sqrt tan asin acos sinh cosh atanh".split()},
    **{name: f"{name}(p)" for name in "sin cos atan asinh acosh".split()},
    "rsqrt": "rsqrt(x)",
    "recip": "1 / p",
    "square": "square(p)",
    "cube": "p^3",
    "neg": "-p",
    "pow": "p^x",
}

PYTORCH_SIXTH = struct.unpack("f", struct.pack("f", 1 / 6))[0]


def elementwise(case, *names):
    """A model whose inputs have the same axes, as far as they have any."""
    model = Model(case)
    for name in names:
        model.input(name, *axes(len(case.shape(name))))
    return model


def activation(case, name):
    """`celu_2` is celu with 2, `leaky_relu_0_1` leaky_relu with 0.1."""
    function, _, digits = re.fullmatch(r"(.*?)((?:_(\d+(?:_\d+)?))?)", name).groups()
    expression = ACTIVATIONS.get(function)
    if expression is None or (digits and "{}" not in expression):
        raise Unknown(f"activation {name}")
    model = elementwise(case, "x")
    model.output("y", expression.format(digits.replace("_", ".")) if digits else expression.replace(", {}", ""))
    if function == "hardsigmoid":
        # PyTorch multiplies with a sixth that it has rounded to float32, in float64 too.
        model.off_by["grad", "x"] = PYTORCH_SIXTH / (1 / 6)
    return model


def unary(case, center):
    model = elementwise(case, "x", "p")
    model.outputs_from({**MATH, "abs": f"abs(p - {center})"})
    return model


def binary(case):
    """Along an axis of length 1, and along those that are missing in front, a value is repeated."""
    model = Model(case)
    shape = case.result_shape(case.names("out")[0])
    full = ", ".join(axes(len(shape)))
    for axis, size in zip(axes(len(shape)), shape):
        model.dim(axis, size)
    for name in ("x", "y"):
        missing = len(shape) - len(case.shape(name))
        own = [("1" if size == 1 else axis, axis) for axis, size in zip(axes(len(shape))[missing:], case.shape(name))]
        model.inputs.append(name)
        model.line(f"input {name}: f32[{', '.join(dim for dim, _ in own)}]")
        kept = ", ".join(dim for dim, _ in own if dim != "1")
        model.line(f"{name.upper()} = ({name} as [{kept}]) + zeros({full})")
    operators = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
    model.outputs_from(
        {**{name: f"X {sign} Y" for name, sign in operators.items()}, "max": "max(X, Y)", "min": "min(X, Y)"}
    )
    return model


def where_clamp(case, low, high):
    model = elementwise(case, "c", "x", "y")
    model.outputs_from({"w": "select(c, x, y)", "clip": f"min(max(x, {low}), {high})"})
    return model


def dropout(case):
    model = elementwise(case, "x", "keep")
    model.output("y", f"select(keep, x / (1 - {case['p']}), 0)")
    return model


NUMBER = r"(-?[\d.]+)"
KINDS = {
    r"PyTorch (\w+) elementwise": activation,
    rf"Each output is the named function: .*abs = \|p-{NUMBER}\|": unary,
    r"numpy broadcasting": binary,
    rf"w = c \? x : y; clip = min\(max\(x,{NUMBER}\),{NUMBER}\)": where_clamp,
    r"Inverted dropout with its mask given": dropout,
}
