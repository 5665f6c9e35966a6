"""flow_powers.py FILE r: the norms of the only sequence, as `--flow` saw them first, are powers of r."""

import json
import sys

file, r = sys.argv[1], float(sys.argv[2])
with open(file, encoding="utf-8") as text:
    (sequence,) = json.load(text)["steps"][0]["sequences"]
norms = sequence["norms"][0]
assert len(norms) == 12 and norms[-1] > 1, norms
for t, norm in enumerate(norms):
    expected = norms[-1] * r ** (len(norms) - 1 - t)
    assert abs(norm / expected - 1) < 1e-5, (t, norm, expected)
assert sequence["name"] == "h" and sequence["recurrent"] and not sequence["reverse"], sequence
assert sequence["at"].endswith(".grad:8:16"), sequence["at"]
