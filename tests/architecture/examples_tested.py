# RUN: %python %s
"""Every example has a test that trains it, says how to run it, and is listed in the README."""

import sources

examples = [path for path in sources.files("examples") if path.suffix == ".grad"]
readme = sources.text("README.md")

problems = []
for path in examples:
    test = f"tests/examples/{path.stem}.test"
    if not (sources.ROOT / test).is_file() or f"train %source/{path}" not in sources.text(test):
        problems.append(f"{test} does not train {path}")
    if not sources.text(path).startswith("# ") or f"\n#   gradc train {path}" not in sources.text(path):
        problems.append(f"{path} does not say what it shows, and below it `gradc train {path}`")
    if f"]({path})" not in readme:
        problems.append(f"README.md does not list {path}")
sources.conclude(problems, examples)
