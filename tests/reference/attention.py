"""Attention with several heads."""

from case import Unknown
from model import Model


def add_weights(model, attention, w_in, b_in, w_out, b_out):
    """The case has the three products for query, key and value in one matrix, the layer apart."""
    size = model.case.shape(w_out)[0]
    for i, part in enumerate("qkv"):
        begin, end = i * size, (i + 1) * size
        model.weight(f"{attention}.{part}.w", w_in, model.case.view(w_in).rows(begin, end).T)
        model.weight(f"{attention}.{part}.b", b_in, model.case.view(b_in).rows(begin, end))
    model.linear(f"{attention}.o", w_out, b_out)


KINDS = {}
