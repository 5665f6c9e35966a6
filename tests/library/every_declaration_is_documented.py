# RUN: %python %s %source
"""What `gradc show library` prints says something about everything, and the README names every file and layer."""

import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1], "frontend/library")
readme = (folder.parent / "README.md").read_text()
problems = []
for path in sorted(folder.glob("*.grad")):
    above = ""
    for line in path.read_text().splitlines():
        declared = re.match(r"(fn|layer|optimizer) (\w+)", line)
        if declared and not re.match(r"# \S", above):
            problems.append(f"{path.name}: `{declared[2]}` has no comment above it")
        if declared and declared[1] != "fn" and f"`{declared[2]}`" not in readme:
            problems.append(f"{path.name}: the README does not name `{declared[2]}`")
        above = line
    if f"`{path.name}`" not in readme:
        problems.append(f"the README does not name {path.name}")
assert not problems, "\n".join(problems)
