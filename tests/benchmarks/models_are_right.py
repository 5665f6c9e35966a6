# RUN: %python %s %gradc %source/benchmarks
"""Every model that is timed passes `gradc check`."""

import pathlib
import subprocess
import sys

gradc, folder = sys.argv[1:]
models = sorted(pathlib.Path(folder).glob("*/*.grad"))
refused = [model.name for model in models if subprocess.run([gradc, "check", model]).returncode != 0]
sys.exit(f"of {len(models)} models, refused: {refused}" if refused or not models else 0)
