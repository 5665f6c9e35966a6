"""Arrays in files: .npz, which the reference data are in, and safetensors, which gradc reads and writes."""

import array
import ast
import dataclasses
import json
import math
import struct
import zipfile

# NumPy's and safetensors' names of the element types, and Python's.
NUMPY = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q", "|u1": "B", "|b1": "B"}
SAFETENSORS = {"F32": "f", "F64": "d", "I32": "i", "I64": "q", "U8": "B", "BOOL": "B"}


@dataclasses.dataclass
class Array:
    shape: tuple
    values: array.array  # in row-major order


def parse_npy(data):
    """One member of an .npz file: a Python dict, then the elements."""
    assert data.startswith(b"\x93NUMPY"), "not an .npy file"
    size, start = (struct.unpack_from("<H", data, 8)[0], 10) if data[6] == 1 else (struct.unpack_from("<I", data, 8)[0], 12)
    header = ast.literal_eval(data[start : start + size].decode("latin1"))
    assert not header["fortran_order"] or len(header["shape"]) < 2, "Fortran order"
    return Array(tuple(header["shape"]), array.array(NUMPY[header["descr"]], data[start + size :]))


class Npz:
    """The members of an .npz file, read when they are asked for."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)

    def npy(self, name):
        """The bytes of one member, which are an .npy file."""
        return self.archive.read(name + ".npy")

    def __getitem__(self, name):
        return parse_npy(self.npy(name))


def save_safetensors(path, tensors):
    """Write a dict of arrays of floats, all of one type."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + len(tensor.values) * tensor.values.itemsize
        dtype = {"f": "F32", "d": "F64"}[tensor.values.typecode]
        header[name] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.values.tobytes())


def load_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack_from("<Q", data)
    out = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        out[name] = Array(tuple(entry["shape"]), array.array(SAFETENSORS[entry["dtype"]], data[begin:end]))
    return out


class View:
    """Elements of an array, chosen and in another order: how a layer of the library keeps them."""

    def __init__(self, shape, indices=None):
        self.shape = tuple(shape)
        self.indices = range(math.prod(self.shape)) if indices is None else indices

    def rows(self, begin, end):
        """Those of the first axis from `begin` to `end`."""
        row = math.prod(self.shape[1:])
        return View((end - begin, *self.shape[1:]), self.indices[begin * row : end * row])

    def reshape(self, *shape):
        assert math.prod(shape) == len(self.indices), "as many elements"
        return View(shape, self.indices)

    @property
    def flat(self):
        return self.reshape(len(self.indices))

    def transpose(self, *axes):
        """Axis i becomes what was axis axes[i]."""
        strides = [math.prod(self.shape[axis + 1 :]) for axis in range(len(self.shape))]
        places = [0]
        for axis in axes:
            places = [place + i * strides[axis] for place in places for i in range(self.shape[axis])]
        return View([self.shape[axis] for axis in axes], [self.indices[place] for place in places])

    @property
    def T(self):
        return self.transpose(*reversed(range(len(self.shape))))

    def of(self, values):
        return [values[index] for index in self.indices]
