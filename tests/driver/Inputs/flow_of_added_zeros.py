"""flow_of_added_zeros.py FILE: the norms of the sequence NAME together are the gradient's norm of the parameter zeros_of_NAME."""

import json
import math
import sys

with open(sys.argv[1], encoding="utf-8") as text:
    step = json.load(text)["steps"][0]
gradients = {row["name"]: row["gradient"][0] for row in step["parameters"]}
for row in step["sequences"]:
    expected = gradients.pop("zeros_of_" + row["name"].split(".")[-1])
    norm = math.hypot(*row["norms"][0])
    assert norm > 0 and abs(norm / expected - 1) < 1e-5, (row["name"], norm, expected)
assert not [name for name in gradients if name.startswith("zeros_of_")], gradients
