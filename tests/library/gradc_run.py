"""Runs entries of a model text and returns what they compute, as nested lists of numbers."""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

FORMATS = {"F32": "f", "F64": "d", "I32": "i", "I64": "q", "U8": "B", "BOOL": "?"}


def run(model, entries, inputs=(), options=()):
    """{output: values}; inputs as {name: "3xf64=1 2 3"}."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out.safetensors")
        command = [os.environ["GRADC"], "run", "-", "--entry", ",".join(entries), "-o", str(out), *options]
        for name, value in dict(inputs).items():
            command += ["-i", f"{name}={value}"]
        done = subprocess.run(command, input=model, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stderr}\n{model}")
        return tensors(out.read_bytes())


def tensors(content):
    """What a safetensors file holds."""
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    header.pop("__metadata__", None)
    out = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        code = FORMATS[entry["dtype"]]
        values = list(struct.unpack(f"<{(end - begin) // struct.calcsize(code)}{code}", content[begin:end]))
        out[name] = shaped(values, entry["shape"])
    return out


def shaped(values, shape):
    if not shape:
        return values[0]
    part = len(values) // shape[0] if shape[0] else 0
    return [shaped(values[i * part : (i + 1) * part], shape[1:]) for i in range(shape[0])]


def tensor(dtype, values):
    """A list as an input of that type."""
    return f"{len(values)}x{dtype}=" + " ".join(repr(value) for value in values)


def flat(values):
    return [number for value in values for number in flat(value)] if isinstance(values, list) else [values]
