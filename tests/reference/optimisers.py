"""Optimisers of the library, and clipping."""

import re

from arrays import View
from case import Unknown
from model import Model, Part, tensor_type

# The last part of the text, behind what adds decay to the gradient, and the optimizer.
MOMENTUM = r"b = momentum\*b \+ g \(first b = g\); "
UPDATES = {
    r"p -= lr\*g\.": "sgd",
    rf"{MOMENTUM}p -= lr\*b\.": "sgd",
    rf"{MOMENTUM}p -= lr\*\(g \+ momentum\*b\)\.": "sgd nesterov",
    r"m = b1\*m\+\(1-b1\)\*g; v = b2\*v\+\(1-b2\)\*g\^2; "
    r"p -= lr/\(1-b1\^t\) \* m/\(sqrt\(v\)/sqrt\(1-b2\^t\)\+eps\)\.": "adam",
    r"p \*= 1-lr\*wd, then the Adam update with the undecayed gradient\.": "adamw",
    r"v = alpha\*v\+\(1-alpha\)\*g\^2; p -= lr\*g/\(sqrt\(v\)\+eps\)\.": "rmsprop",
    r"s \+= g\^2; p -= lr\*g/\(sqrt\(s\)\+eps\)\.": "adagrad",
}

# What an option of the library is called in the attributes.
OPTIONS = {"lr": "lr", "momentum": "momentum", "alpha": "rho", "eps": "eps", "weight_decay": "decay"}


def call(optimizer, attributes):
    """`adam(lr = 0.01, beta1 = 0.9, beta2 = 0.999)`"""
    options = [f"{ours} = {attributes[theirs]}" for theirs, ours in OPTIONS.items() if theirs in attributes]
    options += [f"beta{i} = {beta}" for i, beta in enumerate(attributes.get("betas", []), 1)]
    name, *nesterov = optimizer.split()
    return f"{name}({', '.join(options + ['nesterov = true' for _ in nesterov])})"


def add_parameters(model):
    """Parameters p0, p1, … whose gradients are g0, g1, …: those of the sum of p * g."""
    numbers = [name[1:] for name in model.case.names("in") if re.fullmatch(r"g\d+", name)]
    for k in numbers:
        shape = list(model.case.shape(f"g{k}"))
        if model.repeat:
            shape = shape[1:]
        type_ = tensor_type("f32", shape)
        model.line(f"param p{k}: {type_} ~ zeros")
        model.line(f"input g{k}: {type_}")
        model.inputs.append(f"g{k}")
    model.line("loss = " + " + ".join(f"sum(p{k} * g{k})" for k in numbers))
    return numbers


def updates(case, update):
    optimizer = next((name for pattern, name in UPDATES.items() if re.fullmatch(pattern, update)), None)
    if optimizer is None:
        raise Unknown(f"update {update}")
    model = Model(case)
    model.repeat = case.shape(next(name for name in case.names("in") if name.startswith("g")))[0]
    numbers = add_parameters(model)
    model.line(f"step fit minimize loss over all using {call(optimizer, case.attributes)}")
    model.entries.append("fit")
    for k in numbers:
        model.weight(f"p{k}", f"p{k}")
        model.line(f"export now{k} = p{k}")
        model.entries.append(f"now{k}")
        model.results["out", f"p{k}"] = [Part(View(case.result_shape(f"p{k}")), f"now{k}")]
    return model


def clipping(case):
    """A step that leaves in each parameter its gradient shows what clipping made of it."""
    model = Model(case)
    model.trains()
    numbers = add_parameters(model)
    squares = " + ".join(f"sum(g{k}^2)" for k in numbers)
    model.line(f"export norm = sqrt({squares})")
    model.line(f"step back minimize loss over all using gradient() clip_norm {case['max_norm']}")
    model.entries += ["norm", "back"]
    model.results["out", "norm"] = [Part(View(()), "norm")]
    for k in numbers:
        model.results["out", f"g{k}"] = [Part(View(case.result_shape(f"g{k}")), f"p{k}", is_saved=True)]
    return model


KINDS = {
    r"Parameters p0, p1,\.\.\. are updated once with each row of g0, g1,\.\.\.; out\.pK\[k\] is the parameter "
    r"after update k\+1\. State starts at zero, t counts from 1\. (?:g \+= wd\*p; )?(.*)": updates,
    r"norm = sqrt of the sum of squares of all gradients; every gradient is multiplied by "
    r"min\(1, max_norm/\(norm\+1e-6\)\)": clipping,
}
