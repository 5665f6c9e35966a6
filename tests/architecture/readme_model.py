# RUN: %python %s %t.grad
"""The model in the README compiles, and to the graph that stands below it."""

import os
import pathlib
import re
import subprocess
import sys

import sources

blocks = re.findall(r"^```\n(.*?)^```$", sources.text("README.md"), flags=re.MULTILINE | re.DOTALL)
models = [block for block in blocks if block.startswith("model")]
graphs = [block for block in blocks if block.startswith("graph")]

problems = []
for model in models:
    file = pathlib.Path(sys.argv[1])
    file.write_text(model)
    build = [os.environ["GRADC"], "build", file, "--emit=graph", "-o", "-"]
    result = subprocess.run(build, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        problems.append(f"the model does not compile:\n{result.stderr}")
    for graph in graphs:
        if graph not in result.stdout:
            problems.append(f"README.md shows\n{graph}but the compiler prints\n{result.stdout}")
sources.conclude(problems, models and graphs)
