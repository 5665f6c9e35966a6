# RUN: %python %s
"""Every message of the compiler has a test that provokes it, and codes are unique.

The test is tests/diagnostics/NAME.grad, which checks for the code, or a unit test that names Message::NAME.
"""

import re

import sources

MESSAGE = r'^\s*(?:ERROR|WARNING|REMARK)\(\s*(\w+)\s*,\s*"([EWR]\d{4})"'
messages = re.findall(MESSAGE, sources.text("ir/diagnostics.def"), flags=re.MULTILINE)
unit_tests = "\n".join(sources.text(path) for path in sources.files("tests/unit"))
in_unit_tests = set(re.findall(r"\bMessage::(\w+)", unit_tests))

problems = []
first_with = {}
for name, code in messages:
    if first_with.setdefault(code, name) != name:
        problems.append(f"{code} is both `{first_with[code]}` and `{name}`")
    test = f"tests/diagnostics/{name}.grad"
    if (sources.ROOT / test).is_file():
        if code not in sources.text(test):
            problems.append(f"{test} does not check for {code}")
    elif name not in in_unit_tests:
        problems.append(f"`{name}` has neither {test} nor a unit test that names Message::{name}")
sources.conclude(problems, messages)
