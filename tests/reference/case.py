"""One case of a folder of reference data: what its JSON says, and its arrays."""

import json
import pathlib

import arrays


class Unknown(Exception):
    """The JSON describes something that nobody here knows how to write as a model."""


class Case:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.json = json.loads(self.path.read_text())
        self.name = self.json["name"]
        self.category = self.json["category"]
        self.computation = self.json["computation"]
        self.attributes = self.json["attributes"]
        self.differentiated = self.json["differentiated_inputs"]
        self.arrays = {name: (entry["dtype"], tuple(entry["shape"])) for name, entry in self.json["arrays"].items()}
        self.npz = arrays.Npz(self.path.with_suffix(".npz"))

    def __getitem__(self, attribute):
        return self.attributes[attribute]

    def __contains__(self, name):
        """Is there an input of this name?"""
        return "in." + name in self.arrays

    def names(self, kind):
        """What there is of `in`, `cot`, `out`, `grad`, in the order of the file."""
        names = [name.split(".", 1) for name in self.arrays]
        return list(dict.fromkeys(name for prefix, name in names if prefix.rstrip("0123456789") == kind))

    def stored(self, kind, name, bits):
        """What an array of results is called in the file: integers are the same in both precisions."""
        return next(full for full in (f"{kind}{bits}.{name}", f"{kind}.{name}") if full in self.arrays)

    def shape(self, name):
        return self.arrays["in." + name][1]

    def dtype(self, name):
        """The element type of an input, as a model says it."""
        numpy = self.arrays["in." + name][0]
        return {"float32": "f32", "bool": "bool", "uint8": "u8"}.get(numpy, "i32")

    def result_shape(self, name):
        return self.arrays[self.stored("out", name, 64)][1]

    def view(self, name):
        return arrays.View(self.shape(name))

    def values(self, full_name):
        return self.npz[full_name].values

    def tolerance(self, bits):
        """Largest error relative to the largest value: see the README of the reference data."""
        return 1e-10 if bits == 64 else max(8 * self.json["float32_max_error_over_max_abs"], 1e-6)
