# RUN: %python %s
"""Every pass of the pipeline has a folder of tests and a row in passes/README.md."""

import re

import sources

pipeline = sources.without_comments(sources.text("passes/pipeline.cpp"))
passes = re.findall(r'\{\s*"([a-z-]+)"\s*,\s*(\w+)\s*,\s*"', pipeline)
readme = sources.text("passes/README.md")

problems = []
for name, function in passes:
    if function != name.replace("-", "_"):
        problems.append(f'passes/pipeline.cpp: the function of "{name}" is called {function}')
    folder = f"tests/passes/{function}"
    if not any(path.suffix == ".grad" for path in sources.files(folder)):
        problems.append(f"{folder} holds no test")
    if not re.search(rf"^\|[^|]*`{name}`", readme, flags=re.MULTILINE):
        problems.append(f"passes/README.md: no row `{name}`")
sources.conclude(problems, passes)
