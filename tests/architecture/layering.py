# RUN: %python %s
"""Includes point one way: ir ← frontend, passes, codegen ← driver; heavy libraries stay in the cellar."""

import re

import sources

# Which folders' headers each folder may include.
ALLOWED = {
    "ir": {"ir"},
    "frontend": {"frontend", "ir"},
    "passes": {"passes", "ir"},
    "codegen": {"codegen", "ir", "passes", "runtime"},  # of runtime only the C declarations
    "runtime": {"runtime"},
    "driver": set(sources.COMPONENTS),
}


def is_allowed_llvm(path):
    return path.parts[0] == "codegen" and path.suffix == ".cpp"


def is_allowed_boost(path):
    in_source = path.parts[0] in ("ir", "frontend", "passes") and path.suffix == ".cpp"
    return in_source or str(path) == "ir/boost_graph.h"


def problem(path, header):
    folder = header.split("/")[0]
    if folder in sources.COMPONENTS:
        if folder not in ALLOWED[path.parts[0]]:
            return f"{path.parts[0]} may not include {header}"
    elif folder.startswith("llvm"):
        if not is_allowed_llvm(path):
            return f"{header} outside a .cpp file of codegen"
    elif folder == "boost":
        if not is_allowed_boost(path):
            return f"{header} outside ir/boost_graph.h and the .cpp files of ir, frontend and passes"
    return None


problems = []
checked = sources.code()
for path in checked:
    for number, line in enumerate(sources.text(path).splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        found = include and problem(path, include[1])
        if found:
            problems.append(f"{path}:{number}: {found}")
sources.conclude(problems, checked)
