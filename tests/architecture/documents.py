# RUN: %python %s
"""The documents hold what they promise: links lead somewhere, every component explains itself, the map stays short."""

import re

import sources

README_LINES = 150

problems = []
documents = [path for path in sources.files() if path.suffix == ".md"]
for path in documents:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", sources.text(path)):
        if not (sources.ROOT / path.parent / target).exists():
            problems.append(f"{path}: link to {target}, which is not there")
for component in sources.COMPONENTS:
    if not (sources.ROOT / component / "README.md").is_file():
        problems.append(f"{component}/README.md is missing: what goes in, what comes out, where to start reading")
if len(sources.text("README.md").splitlines()) > README_LINES:
    problems.append(f"README.md has more than {README_LINES} lines")
sources.conclude(problems, documents)
