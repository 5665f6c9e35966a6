# RUN: %python %s %gradc %S %t
"""What `gradc explain` says to write instead is right: every text is read again with its `#=` lines in place."""

import pathlib
import re
import subprocess
import sys

gradc, folder, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def mended(text):
    """The text with each run of `#=` lines in the place of the next line that is no comment; None without any."""
    lines, instead, out = text.splitlines(), [], []
    for line in lines:
        mark = re.match(r"\s*#= ?(.*)", line)
        if mark:
            instead.append(mark[1])
        elif instead and not line.lstrip().startswith("#"):
            out += instead
            instead = []
        else:
            out.append(line)
    return "\n".join(out) + "\n" if len(out) != len(lines) or "#=" in text else None


scratch.mkdir(parents=True, exist_ok=True)
checked, problems = 0, []
for path in sorted(folder.glob("*.grad")):
    if not re.search(r"^#: \S", path.read_text(), flags=re.MULTILINE):
        problems.append(f"{path.name} explains nothing: it has no line that starts with `#:`")
    text = mended(path.read_text())
    if text is None:
        continue
    checked += 1
    (scratch / path.name).write_text(text)
    run = subprocess.run([gradc, "check", str(scratch / path.name)], capture_output=True, text=True)
    if run.returncode != 0:
        problems.append(f"{path.name}:\n{run.stderr}")
print("\n".join(problems))
sys.exit(1 if problems or checked < 40 else 0)
