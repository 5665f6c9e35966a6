"""Pooling layers of the library."""

from case import Unknown
from model import Model, axes

MAX = {1: "MaxPool1d", 2: "MaxPool", 3: "MaxPool3d"}
AVERAGE = {1: "AvgPool1d", 2: "AvgPool", 3: "AvgPool3d"}


def pooling(case, kind):
    rank = len(case.shape("x")) - 2
    if rank not in MAX:
        raise Unknown(f"windows that move along {rank} axes")
    options = [
        f"{case['kernel']}, stride = {case['strides']}, pad = {case['pads'] * 2}, dilation = {case['dilations']}",
        f"ceil = {str(case['ceil_mode']).lower()}",
    ]
    if kind == "avg":
        options.append(f"count_pad = {str(case['count_include_pad']).lower()}")
    layer = {"max": MAX, "avg": AVERAGE}[kind][rank]
    model = Model(case)
    model.input("x", *axes(rank + 2, "N", "C"))
    model.line(f"pool = {layer}({', '.join(options)})")
    model.output("y", "pool(x)")
    return model


def over_all_places(case):
    model = Model(case)
    model.input("x", *axes(len(case.shape("x")), "N", "C"))
    model.outputs_from({"avg": "global_avg_pool(x)", "max": "global_max_pool(x)"})
    return model


KINDS = {
    r"(max|avg) pooling, N\w+, symmetric padding": pooling,
    r"Mean and maximum over the \w+ spatial axes": over_all_places,
}
