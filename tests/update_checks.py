#!/usr/bin/env python3
"""Rewrite the expectations of lit tests to what the compiler prints now; the reviewer reads the diff.

    tests/update_checks.py [--build build/release] tests/passes/fuse/*.grad

For each `# RUN: COMMAND | FileCheck %s [--check-prefix=NAME]` the block of `# NAME:`, `# NAME-NEXT:` lines is
replaced by the output of COMMAND, whole and in order; a file without such a block gets one at its end. Checks that
somebody thought about (patterns, -NOT, -DAG, -LABEL, or a check beside the line it checks) are left alone.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = re.compile(r"^#\s*RUN:\s*(?P<command>.*?)\s*\|\s*FileCheck\s+%s(?P<options>.*)$", re.MULTILINE)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    arguments.add_argument("tests", nargs="+", type=pathlib.Path)
    options = arguments.parse_args()
    # Every file is tried before the exit status is decided.
    return min(1, sum([not update(test, options.build) for test in options.tests]))


def update(test, build):
    """Rewrite one file; false if something in it has to be done by hand."""
    old = new = test.read_text()
    for run in RUN.finditer(old):
        prefix = re.search(r"--check-prefix[= ](\S+)", run["options"])
        name = prefix[1] if prefix else "CHECK"
        if is_written_by_hand(new, name):
            print(f"{test}: the {name} lines are written by hand")
            return False
        output = execute(run["command"], test, build)
        new = replace_block(new, name, check_lines(output, name, test))
    if new != old:
        test.write_text(new)
        print(f"{test}: updated")
    return True


# The patterns that check_lines itself writes.
GENERATED = re.compile(r"\{\{(\.\*|\\\[\\\[|\\\{\\\{)\}\}")


def is_written_by_hand(text, name):
    beside = rf"^(?!#)\S.*#\s*{name}(-\w+)?:"
    special = rf"^\s*#\s*{name}-(?!NEXT|EMPTY)\w+:"
    pattern = rf"^\s*#\s*{name}(-NEXT)?:.*(\{{\{{|\[\[)"
    text = GENERATED.sub("", text)
    return any(re.search(kind, text, re.MULTILINE) for kind in (beside, special, pattern))


def execute(command, test, build):
    """What the test's command prints, with lit's substitutions as lit.cfg.py has them."""
    substitutions = {
        "%gradc": build.resolve() / "gradc",
        "%source": ROOT,
        "%shared": ROOT.parent / "shared/data",
        "%s": test.resolve(),
        "%S": test.resolve().parent,
    }
    for name, value in substitutions.items():
        command = re.sub(rf"{name}\b", lambda _: str(value), command)
    command = re.sub(r"^not\s+", "", command)
    result = subprocess.run(command, shell=True, text=True, stdout=subprocess.PIPE, check=False)
    return result.stdout


def check_lines(output, name, test):
    lines = []
    for line in output.rstrip("\n").split("\n"):
        # Where the file lies is the machine's business; brackets in pairs would read as patterns.
        line = re.sub(r"\[\[|\{\{", lambda bracket: "{{" + re.escape(bracket[0]) + "}}", line)
        line = line.replace(str(test.resolve()), "{{.*}}" + test.name)
        directive = f"{name}-NEXT" if lines else name
        lines.append(f"# {directive}: {line}".rstrip() if line else f"# {name}-EMPTY:")
    return lines


def replace_block(text, name, block):
    """The text with its lines of this prefix replaced by the block, at the place of the first of them."""
    mine = re.compile(rf"^#\s*{name}(-\w+)?:")
    lines = text.rstrip("\n").split("\n")
    places = [i for i, line in enumerate(lines) if mine.match(line)]
    place = places[0] if places else len(lines)
    rest = [line for line in lines[place:] if not mine.match(line)]
    return "\n".join(lines[:place] + block + rest) + "\n"


if __name__ == "__main__":
    sys.exit(main())
