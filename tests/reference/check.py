"""Compile and run the model of a case, and compare what comes out with the reference."""

import dataclasses
import math
import pathlib
import subprocess
import tempfile

import arrays
import kinds
from case import Case, Unknown


@dataclasses.dataclass
class Verdict:
    case: str
    status: str  # ok, fail, unknown
    detail: str = ""
    errors: dict = dataclasses.field(default_factory=dict)  # by precision


def check(path, gradc, precisions, folder=None, options=()):
    """The verdict on one case, compiled with these options. Its models and values stay in `folder`, if there is one."""
    case = Case(path)
    errors = {}
    try:
        for bits in precisions:
            with tempfile.TemporaryDirectory() as scratch:
                place = pathlib.Path(folder or scratch) / f"{case.name}.f{bits}"
                place.mkdir(parents=True, exist_ok=True)
                model = kinds.model(case)
                results = run(model, gradc, bits, place, options)
                errors[bits] = largest_error(case, model, results, bits)
    except Unknown as what:
        return Verdict(case.name, "unknown", str(what))
    except (KeyError, IndexError, ValueError) as what:
        # An attribute or an array that should be there is not, or has other axes.
        return Verdict(case.name, "unknown", f"{type(what).__name__}: {what}")
    except Failure as what:
        return Verdict(case.name, "fail", f"f{bits}: {what}", errors)
    return Verdict(case.name, "ok", errors=errors)


class Failure(Exception):
    """It does not compile or run, or gives something else."""


def run(model, gradc, bits, place, options=()):
    """The values of every result."""
    text = place / "case.grad"
    text.write_text(model.text())
    weights = dict(model.weight_arrays(bits))
    command = [gradc, "run", text, f"--float=f{bits}", "--entry=" + ",".join(model.entries), *options]
    command += ["-o", place / "values.safetensors", "--save", place / "after.safetensors"]
    for name, data in model.input_files():
        (place / f"{name}.npy").write_bytes(data)
        command += ["-i", f"{name}={place / name}.npy"]
    if weights:
        arrays.save_safetensors(place / "weights.safetensors", weights)
        command += ["--weights", place / "weights.safetensors"]
    if model.repeat:
        command += ["--repeat", str(model.repeat)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise Failure(f"gradc ends with {done.returncode}\n{done.stderr}")
    values = arrays.load_safetensors(place / "values.safetensors")
    saved = arrays.load_safetensors(place / "after.safetensors")
    return {result: gather(result, parts, values, saved) for result, parts in model.results.items()}


def gather(result, parts, values, saved):
    """The elements of a result, brought together from where the model has them."""
    out = [math.nan] * sum(len(part.view.indices) for part in parts)
    for part in parts:
        found = (saved if part.is_saved else values)[part.key]
        shape = found.shape[1:] if part.is_first else found.shape
        if shape != part.view.shape:
            raise Failure(f"{'.'.join(result)} has the shape {found.shape}, not {part.view.shape}")
        for index, value in zip(part.view.indices, found.values):
            out[index] = value
    return out


def largest_error(case, model, results, bits):
    """Of all arrays, relative to the largest value of each.

    What PyTorch's float32 is off by is said once for a case, and taken from less than all of its arrays: of a
    training run, from the losses. A parameter that RMSprop moves may be off a hundred times as much, for its
    first updates divide by gradients of nearly nothing. So each array has the tolerance that its own float32 asks for.
    """
    largest = 0.0
    for (kind, name), values in results.items():
        # Both precisions are compared with the exact values: float32 has its tolerance.
        wanted, theirs = (case.values(case.stored(kind, name, precision)) for precision in (64, bits))
        if (kind, name) in model.noise:
            values, wanted, theirs = ([*without(array, model.noise[kind, name])] for array in (values, wanted, theirs))
        tolerance = max(case.tolerance(bits), 8 * relative_error(theirs, wanted))
        if (kind, name) in model.off_by:
            wanted = [value / model.off_by[kind, name] for value in wanted]
        error = relative_error(values, wanted)
        if not error <= tolerance:
            raise Failure(f"{kind}.{name} is off by {error:.2g}, more than {tolerance:.2g}")
        largest = max(largest, error)
    return largest


def without(values, view):
    left_out = set(view.indices)
    return (value for index, value in enumerate(values) if index not in left_out)


def relative_error(values, wanted):
    if len(values) != len(wanted):
        raise Failure(f"{len(values)} values, not {len(wanted)}")
    scale = max((abs(value) for value in wanted if math.isfinite(value)), default=0.0) or 1.0
    difference = [0.0 if a == b or (a != a and b != b) else abs(a - b) for a, b in zip(values, wanted)]
    return math.nan if any(d != d for d in difference) else max(difference, default=0.0) / scale
