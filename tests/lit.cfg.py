"""The lit suite: every .grad, .test and .c file below this folder that has a RUN line is a test."""

import os

import lit.formats

config.name = "gradc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".grad", ".test", ".c"]
config.excludes = ["unit", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.build_root, "tests")

# The compiler, LLVM's test tools (FileCheck, not, split-file) and what is on every Unix machine.
config.environment["PATH"] = os.pathsep.join([config.tools, os.environ["PATH"]])
config.environment["GRADC"] = os.path.join(config.build_root, "gradc")

# lit replaces regular expressions in this order, and its own %s after ours.
config.substitutions += [
    (r"%gradc\b", config.environment["GRADC"]),
    (r"%source\b", config.source_root),
    (r"%shared\b", config.shared_data),
    (r"%cc\b", config.c_compiler),
    (r"%python\b", config.python),
]

if os.path.isdir(config.shared_data):
    config.available_features.add("shared-data")
if config.processor in ("x86_64", "AMD64"):
    config.available_features.add("x86")
if config.sanitize:
    config.available_features.add("asan")
