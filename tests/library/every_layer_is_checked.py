# RUN: %python %s %source
"""Every layer of the library has a file of its name here that checks its gradients at two shapes or more."""

import pathlib
import re
import sys

SHAPES = 2

root = pathlib.Path(sys.argv[1])
layers = [
    layer
    for path in sorted((root / "frontend/library").glob("*.grad"))
    for layer in re.findall(r"(?m)^layer (\w+)", path.read_text())
]
problems = []
for layer in layers:
    path = root / f"tests/library/{layer}.grad"
    text = path.read_text() if path.is_file() else ""
    if text.count("gradcheck %s") < SHAPES or f"{layer}(" not in text:
        problems.append(f"tests/library/{layer}.grad does not check the gradients of `{layer}` at {SHAPES} shapes")
assert layers, "there is a library"
assert not problems, "\n".join(problems)
