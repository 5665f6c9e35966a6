"""Normalisation layers."""

import math

from model import Model, axes


def add_scale(model, instance, scale="gamma", shift="beta"):
    """The learned scale and shift of an instance, flat where the case has several axes."""
    model.weight(f"{instance}.g", scale, model.case.view(scale).flat)
    if shift:
        model.weight(f"{instance}.b", shift, model.case.view(shift).flat)


def batch_norm(case):
    model = Model(case)
    if case["training"]:
        model.trains()
    model.input("x", *axes(len(case.shape("x")), "N", "C"))
    model.line(f"bn = BatchNorm(eps = {case['eps']}, momentum = {case['momentum']})")
    add_scale(model, "bn")
    model.output("y", "bn(x)")
    for name, slot in (("running_mean", "bn.rm"), ("running_var", "bn.rv")):
        model.weight(slot, name)
        model.saved(f"new_{name}", slot)
    return model


def layer_norm(case):
    """Over one axis, over all of an example, or over some, which are one axis for the layer."""
    model, shape, count = Model(case), case.shape("x"), case["n_axes"]
    names = axes(len(shape))
    model.input("x", *names)
    model.line(f"norm = LayerNorm(eps = {case['eps']})")
    add_scale(model, "norm")
    if count == 1:
        model.output("y", "norm(x)")
    else:
        one = ", ".join([*names[:-count], str(math.prod(shape[-count:]))])
        model.output("y", f"norm(x as [{one}]) as [{', '.join(names)}]")
    return model


def rms_norm(case, eps):
    model = Model(case)
    model.input("x", *axes(len(case.shape("x"))))
    model.line(f"norm = RMSNorm(eps = {eps})")
    add_scale(model, "norm", shift=None)
    model.output("y", "norm(x)")
    return model


def group_norm(case, eps):
    model = Model(case)
    model.input("x", *axes(len(case.shape("x")), "N", "C"))
    model.line(f"norm = GroupNorm({case['groups']}, eps = {eps})")
    add_scale(model, "norm")
    model.output("y", "norm(x)")
    return model


def instance_norm(case, eps):
    model = Model(case)
    model.input("x", *axes(len(case.shape("x")), "N", "C"))
    model.line(f"norm = InstanceNorm(eps = {eps})")
    add_scale(model, "norm")
    model.output("y", "norm(x)")
    return model


NUMBER = r"([\d.]+(?:e-?\d+)?)"
KINDS = {
    r"Batch normalisation over every axis but 1": batch_norm,
    r"Layer normalisation over the last n axes": layer_norm,
    rf"y = x / sqrt\(mean\(x\^2 over the last axis\) \+ {NUMBER}\) \* gamma": rms_norm,
    rf"Group normalisation: .* eps {NUMBER};": group_norm,
    rf"Instance normalisation: .* eps {NUMBER}\.$": instance_norm,
}
