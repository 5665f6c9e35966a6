# RUN: %python %s
"""An op lives in one place: its own file, its line in ir/ops.def, and few mentions elsewhere."""

import collections
import re

import sources

LIMIT = 4  # files that may name one op's object, its own file included
# A graph is made of these, whatever it computes, so every stage knows them. (A reshape computes nothing: it is looked through.)
STRUCTURE = {"input", "constant", "return_", "gradient", "fused", "scan", "result", "reshape"}

ops = sources.entries("ir/ops.def", "OP")
mentions = collections.defaultdict(set)
for path in sources.code():
    for name in re.findall(r"\bop::(\w+)", sources.without_comments(sources.text(path))):
        mentions[name].add(str(path))

problems = []
for op in ops:
    if not (sources.ROOT / f"ir/ops/{op}.cpp").is_file():
        problems.append(f"ir/ops.def lists `{op}`, but there is no ir/ops/{op}.cpp")
    if op not in STRUCTURE and len(mentions[op]) > LIMIT:
        problems.append(f"`op::{op}` is named in more than {LIMIT} files: {sorted(mentions[op])}")
sources.conclude(problems, ops)
