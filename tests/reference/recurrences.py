"""Recurrences, as layers that take initial states and give last ones, which those of the library keep to themselves.

A kind is the states that it carries, into how many gates its products are split, and the equations of one
step. Direction, lengths and truncation are said around them.
"""

import dataclasses

from case import Unknown
from model import Model


@dataclasses.dataclass
class Recurrence:
    gates: int
    states: tuple
    equations: str  # of one step, `before` is the step before


def elman(act):
    return Recurrence(1, ("h",), f"h[t] = {act}(x[t] @ w_ih + b_ih + h[before] @ w_hh + b_hh)")


CELLS = {
    "rnn_tanh": elman("tanh"),
    "rnn_relu": elman("relu"),
    "lstm": Recurrence(
        4,
        ("h", "c"),
        """i, f, g, o = split(x[t] @ w_ih + b_ih + h[before] @ w_hh + b_hh, 4)
    c[t] = sigmoid(f) * c[before] + sigmoid(i) * tanh(g)
    h[t] = sigmoid(o) * tanh(c[t])""",
    ),
    "gru": Recurrence(
        3,
        ("h",),
        """xr, xz, xn = split(x[t] @ w_ih + b_ih, 3)
    hr, hz, hn = split(h[before] @ w_hh + b_hh, 3)
    z = sigmoid(xz + hz)
    n = tanh(xn + sigmoid(xr + hr) * hn)
    h[t] = (1 - z) * n + z * h[before]""",
    ),
}


def layer(name, kind, is_backward=False, has_lengths=False, truncate=None):
    """The text of a layer that gives h of all steps and the last state of everything it carries."""
    cell = CELLS[kind]
    size = f"{cell.gates}*H" if cell.gates > 1 else "H"
    start, before, last = ("T", "t+1", "0 over T") if is_backward else ("-1", "t-1", "T-1")
    lengths = ", len: i32[B]" if has_lengths else ""
    sequence = "h" if not has_lengths else "select(within(len, T), h, 0)"
    lines = [f"param {w}: f32[{axis}, {size}] ~ zeros" for w, axis in (("w_ih", "I"), ("w_hh", "H"))]
    lines += [f"param {b}: f32[{size}] ~ zeros" for b in ("b_ih", "b_hh")]
    lines += [f"{state}[{start}] = {state}0" for state in cell.states]
    lines.append("seq t in T" + " where t < len" * has_lengths + (f" truncate {truncate}" if truncate else "") + " {")
    lines.append("  " + cell.equations.replace("before", before))
    lines.append("}")
    lines.append(f"return {', '.join([sequence, *(f'{state}[{last}]' for state in cell.states)])}")
    body = "".join(f"  {line}\n" for line in lines)
    starts = ", ".join(f"{state}0: f32[B, H]" for state in cell.states)
    return f"layer {name}(H: dim)(x: f32[T, B, I], {starts}{lengths}) {{\n{body}}}\n"


def add_layer_weights(model, instance, suffix, prefix=""):
    """The layer has [in, out] where the case has [out, in]."""
    for w in ("w_ih", "w_hh"):
        name = f"{prefix}{w}.{suffix}"
        model.weight(f"{instance}.{w}", name, model.case.view(name).T)
    for b in ("b_ih", "b_hh"):
        model.weight(f"{instance}.{b}", f"{prefix}{b}.{suffix}")


def recurrent(case):
    return network(case, case["kind"], case["layers"], ["", "_r"] if case["bidirectional"] else [""])


def truncated(case):
    return network(case, "lstm", 1, [""], case["K"])


def network(case, kind, layers, directions, truncate=None):
    if kind not in CELLS:
        raise Unknown(f"recurrence {kind}")
    model = Model(case)
    states, has_lengths = CELLS[kind].states, "lengths" in case
    model.input("x", "T", "B", "X")
    for state in states:
        model.input(f"{state}0", "S", "B", "H")
    if has_lengths:
        model.input("lengths", "B")
    for direction in directions:
        model.preamble += layer(f"Layer{direction}", kind, direction == "_r", has_lengths, truncate)
    below = "x"
    for i in range(layers):
        for k, direction in enumerate(directions):
            name, place = f"l{i}{direction}", len(directions) * i + k
            operands = [below, *(f"{state}0[{place} over S]" for state in states)] + ["lengths"] * has_lengths
            results = [f"y_{name}", *(f"{state}{place + 1}" for state in states)]
            model.line(f"{name} = Layer{direction}(H)")
            model.line(f"{', '.join(results)} = {name}({', '.join(operands)})")
            add_layer_weights(model, name, name)
        found = [f"y_l{i}{direction}" for direction in directions]
        below = f"concat({', '.join(found)})" if len(found) > 1 else found[0]
    table = {"y": below}
    for state in states:
        last = ", ".join(f"{state}{place + 1}" for place in range(layers * len(directions)))
        table[f"{state}n"] = f"stack({last} over S)"
    model.outputs_from(table)
    return model


KINDS = {
    r"(?s)PyTorch LSTM\..*Truncated BPTT: every K steps the carried h and c are kept as values but cut": truncated,
    r"PyTorch (?:LSTM|GRU)\. |Elman RNN: ": recurrent,
}
