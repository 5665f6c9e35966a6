"""same_parameters.py A B: two safetensors files hold the same numbers, but for rounding."""

import json
import struct
import sys


def load(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    header.pop("__metadata__", None)
    out = {}
    for name, tensor in header.items():
        first, last = tensor["data_offsets"]
        letter, width = {"F32": ("f", 4), "I64": ("q", 8)}[tensor["dtype"]]
        out[name] = struct.unpack(f"<{(last - first) // width}{letter}", data[first:last])
    return out


a, b = load(sys.argv[1]), load(sys.argv[2])
assert a.keys() == b.keys(), (a.keys(), b.keys())
for name, values in a.items():
    largest = max(map(abs, values))
    error = max(abs(x - y) for x, y in zip(values, b[name]))
    assert error <= 1e-5 * largest, (name, error, largest)
    assert largest > 0 or name == "seed", name
