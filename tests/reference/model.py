"""The text of a model that computes a case: what goes into it, and where its results come from.

A case is a graph with gradients of L, the sum of outputs times cotangents. They are exports:

    model Case {
      dim N = 5, I = 7
      input x: f32[N, I]
      input cot_y: f32[5, 4]
      fc = Dense(4)
      out_y = fc(x)
      L = sum((out_y as [20]) * (cot_y as [20]))
      export out_y = out_y
      export slopes = grad(L over x, fc.w, fc.b)
    }

What holds only while training, batch normalisation for one, is a step: see `Model.trains`.
"""

import array
import dataclasses
import math

from arrays import Array, View
from case import Unknown

# A step with this optimizer leaves in each parameter its own gradient.
GRADIENT = "optimizer gradient()(p, g) { p <- g }\n"


@dataclasses.dataclass
class Part:
    """Elements of a result: where in its array, and where they are found."""

    view: View
    key: str
    is_saved: bool = False  # a parameter after the run, not an output
    is_first: bool = False  # of an entry that is run repeatedly, what it gave the first time


def axes(rank, *first):
    """Names for all axes: those given, then A0, A1, …"""
    return [*first, *(f"A{axis}" for axis in range(rank - len(first)))]


def tensor_type(dtype, dims):
    """`f32[N, 4]`, `f32`"""
    return f"{dtype}[{', '.join(map(str, dims))}]" if dims else dtype


class Model:
    def __init__(self, case):
        self.case = case
        self.preamble = ""  # what stands before the model
        self.lines = []
        self.sizes = {}
        self.inputs = []
        self.weights = {}  # slot → the elements of an input it starts with
        self.zeros = {}  # slots that start with as many zeros
        self.slots = {}  # input → its slots
        self.outputs = {}
        self.entries = []
        self.repeat = None
        self.results = {}  # ("out", "y") → its parts
        self.off_by = {}  # results whose reference is known to be wrong, by this factor
        self.noise = {}  # elements of results that mean nothing
        self.is_step = False

    # ---- what a kind says -----------------------------------------------------------------------

    def dim(self, name, size):
        """A dim, declared where it is met first."""
        if self.sizes.setdefault(name, size) != size:
            raise Unknown(f"dim {name} is {self.sizes[name]} and {size}")

    def input(self, name, *dims):
        """An input of the case with its dims; of a training step, a parameter where it has a gradient."""
        for dim, size in zip(dims, self.case.shape(name), strict=True):
            self.dim(dim, size)
        type_ = tensor_type(self.case.dtype(name), dims)
        if self.is_step and name in self.case.differentiated:
            self.line(f"param {name}: {type_} ~ zeros")
            self.weight(name, name)
        else:
            self.line(f"input {name}: {type_}")
            self.inputs.append(name)

    def weight(self, slot, name, view=None):
        """What a parameter or buffer starts with: elements of an input of the case."""
        self.weights[slot] = (name, view or self.case.view(name))
        self.slots.setdefault(name, []).append(slot)

    def linear(self, instance, w, b=None):
        """The weights of a Dense of the library: it has [in, out] where the case has [out, in]."""
        self.weight(f"{instance}.w", w, self.case.view(w).T)
        if b:
            self.weight(f"{instance}.b", b)

    def line(self, text):
        self.lines.append(text)

    def output(self, name, expression):
        self.outputs[name] = expression

    def outputs_from(self, table):
        """The outputs that the case has, as a table of expressions says them."""
        for name in self.case.names("out"):
            if name not in table:
                raise Unknown(f"output {name}")
            self.output(name, table[name])

    def trains(self):
        """What is computed is a training step: it updates buffers."""
        self.is_step = True
        self.preamble = GRADIENT

    def saved(self, name, slot):
        """An output that is a buffer after the step."""
        self.results["out", name] = [Part(View(self.case.result_shape(name)), slot, is_saved=True)]

    # ---- the loss and its gradients -------------------------------------------------------------

    def finish(self):
        """Add what all cases have in common, and collect their results."""
        if not self.entries:
            self.add_loss()
        for name in self.case.names("out"):
            if ("out", name) not in self.results:
                raise Unknown(f"output {name}")
        for name in self.case.names("grad"):
            if ("grad", name) not in self.results:
                raise Unknown(f"gradient of {name}")

    def add_loss(self):
        terms = []
        for name, expression in self.outputs.items():
            self.line(f"out_{name} = {expression}")
            if name in self.case.json["differentiable_outputs"]:
                terms.append(self.term(name))
        if terms:
            self.line("L = " + " + ".join(terms))
        if self.is_step:
            self.add_step()
        else:
            self.add_exports(bool(terms))

    def term(self, name):
        """One output times its cotangent; an output without one is a scalar."""
        cotangent = "cot." + name
        if cotangent not in self.case.arrays:
            return f"out_{name}"
        shape = self.case.arrays[cotangent][1]
        size = math.prod(shape)
        self.inputs.append("cot_" + name)
        self.line(f"input cot_{name}: {tensor_type('f32', shape)}")
        # What the output's dims are called is the business of whoever computes it.
        return f"sum((out_{name} as [{size}]) * (cot_{name} as [{size}]))" if shape else f"out_{name} * cot_{name}"

    def add_exports(self, has_gradients):
        for name in self.outputs:
            self.line(f"export out_{name} = out_{name}")
            self.entries.append(f"out_{name}")
            self.results["out", name] = [Part(View(self.case.result_shape(name)), f"out_{name}")]
        if has_gradients:
            self.add_slopes("L", self.case.differentiated)

    def add_slopes(self, loss, names):
        """An export of the gradients with respect to inputs and to the weights made from them."""
        places = [(name, slot) for name in names for slot in self.slots.get(name, [name])]
        self.line(f"export slopes = grad({loss} over {', '.join(slot for _, slot in places)})")
        self.entries.append("slopes")
        for i, (name, slot) in enumerate(places):
            key = f"slopes{i}" if len(places) > 1 else "slopes"
            view = self.weights[slot][1] if slot in self.weights else self.case.view(name)
            self.results.setdefault(("grad", name), []).append(Part(view, key, is_first=bool(self.repeat)))

    def add_step(self):
        """Outputs are left in buffers, and gradients in parameters."""
        for name in self.outputs:
            view = View(self.case.result_shape(name)).flat
            size = len(view.indices)
            self.zeros[f"seen_{name}"] = size
            self.line(f"buffer seen_{name}: f32[{size}] ~ zeros")
            self.line(f"seen_{name} <- out_{name} as [{size}]")
            self.results["out", name] = [Part(view, f"seen_{name}", is_saved=True)]
        self.line("step back minimize L over all using gradient()")
        self.entries.append("back")
        for name in self.case.differentiated:
            parts = [Part(self.weights[slot][1], slot, is_saved=True) for slot in self.slots[name]]
            self.results["grad", name] = parts

    # ---- what is run ----------------------------------------------------------------------------

    def text(self):
        sizes = ", ".join(f"{name} = {size}" for name, size in self.sizes.items())
        dims = f"  dim {sizes}\n" if sizes else ""
        body = "".join(f"  {line}\n" for line in self.lines)
        return f"{self.preamble}model Case {{\n{dims}{body}}}\n"

    def input_files(self):
        """The .npy file of each input of the model."""
        for name in self.inputs:
            stored = name.replace("cot_", "cot.", 1) if name.startswith("cot_") else "in." + name
            yield name, self.case.npz.npy(stored)

    def weight_arrays(self, bits):
        code = "d" if bits == 64 else "f"
        for slot, size in self.zeros.items():
            yield slot, Array((size,), array.array(code, [0.0] * size))
        for slot, (name, view) in self.weights.items():
            yield slot, Array(view.shape, array.array(code, view.of(self.case.values("in." + name))))
