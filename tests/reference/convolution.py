"""Convolutions of the library."""

from case import Unknown
from model import Model, axes

# By the number of axes that the windows move along.
CONV = {1: "Conv1d", 2: "Conv", 3: "Conv3d"}
TRANSPOSED = {1: "ConvTranspose1d", 2: "ConvTranspose", 3: "ConvTranspose3d"}


def convolution(case):
    """The weights of the library are PyTorch's, and its padding ONNX's."""
    return add_layer(case, CONV, case.shape("w")[0], f"pad = {case['pads']}")


def transposed(case):
    channels = case.shape("w")[1] * case["group"]
    return add_layer(case, TRANSPOSED, channels, f"pad = {case['padding'] * 2}, more = {case['output_padding']}")


def add_layer(case, layers, channels, padding):
    rank = len(case.shape("x")) - 2
    if rank not in layers:
        raise Unknown(f"windows that move along {rank} axes")
    model = Model(case)
    model.input("x", *axes(rank + 2, "N", "C"))
    bias = str("b" in case).lower()
    model.line(
        f"conv = {layers[rank]}({channels}, k = {list(case.shape('w')[2:])}, stride = {case['strides']}, {padding}, "
        f"dilation = {case['dilations']}, groups = {case['group']}, bias = {bias})"
    )
    model.weight("conv.w", "w")
    if "b" in case:
        model.weight("conv.b", "b")
    model.output("y", "conv(x)")
    return model


KINDS = {
    r"Cross-correlation, N\w+\. ": convolution,
    r"Transposed convolution \(the gradient of cross-correlation": transposed,
}
