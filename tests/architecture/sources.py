"""The files of the repository, for tests about how it is written."""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPONENTS = ["ir", "frontend", "passes", "codegen", "runtime", "driver"]
CODE = {".h", ".hpp", ".c", ".cpp", ".def"}


def files(*folders):
    """Paths of all files below the folders (default: the whole repository), relative to ROOT, sorted."""
    found = []
    for top in folders or (".",):
        for folder, children, names in os.walk(ROOT / top):
            children[:] = [child for child in children if child not in (".git", "build", "__pycache__")]
            # In a worktree `.git` is a file, which names the folder of the repository.
            found += [(pathlib.Path(folder) / name).relative_to(ROOT) for name in names if name != ".git"]
    return sorted(found)


def code(*folders):
    """Sources and headers of the compiler itself, without the tests."""
    return [path for path in files(*(folders or COMPONENTS)) if path.suffix in CODE]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def without_comments(source):
    """C or C++ text with its comments blanked; line numbers stay."""
    keep_lines = lambda comment: "\n" * comment.group().count("\n")
    return re.sub(r"//[^\n]*|/\*.*?\*/", keep_lines, source, flags=re.DOTALL)


def entries(path, macro):
    """First argument of every `macro(name, …)` line of a .def file."""
    return re.findall(rf"^\s*{macro}\(\s*(\w+)", text(path), flags=re.MULTILINE)


def conclude(problems, checked):
    """End the test: fail with the problems, or with the news that nothing was there to check."""
    for problem in problems:
        print(problem)
    if not checked:
        print("nothing to check: has the folder moved?")
    sys.exit(1 if problems or not checked else 0)
