"""Reads `gradc train --progress json`: every metric named must be lower in the last epoch than in the first."""

import json
import sys

epochs = [json.loads(line) for line in sys.stdin]
assert len(epochs) > 1, "training ended early"
for metric in sys.argv[1:]:
    first, last = epochs[0][metric], epochs[-1][metric]
    assert first is not None and last is not None and last < first, f"{metric} went from {first} to {last}"
