# RUN: %python %s
"""No drawer for odds and ends, no endless file, no promise left in a comment, no path of one machine."""

import re

import sources

LINES = 600
# A folder of somebody's machine at the start of an absolute path. Where perf looks for names, it does on every machine.
MACHINE_PATH = re.compile(r"(?<![\w.}$/:])/(?:home|root|tmp(?!/perf-)|work|Users)/\w")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
TEXT = sources.CODE | {".py", ".md", ".txt", ".grad", ".test", ".cfg", ".in", ".json", ""}


def problems_of(path):
    content = sources.text(path)
    lines = content.splitlines()
    if {"utils", "util", "common", "helpers", "misc"} & {*path.parts, path.stem}:
        yield f"{path}: say what is in it"
    if path.suffix in sources.CODE and len(lines) > LINES:
        yield f"{path}: {len(lines)} lines are more than {LINES}"
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: a path of one machine"
        if path.suffix in sources.CODE and UNFINISHED.search(line):
            yield f"{path}:{number}: do it or drop it"


checked = [path for path in sources.files() if path.suffix in TEXT]
sources.conclude([problem for path in checked for problem in problems_of(path)], checked)
