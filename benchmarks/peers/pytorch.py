"""PyTorch, through the scripts of the peers: one process per measurement."""

import os
import subprocess

import measuring

PYTHON = "/usr/bin/python3"  # the one that python3-torch is installed for


def missing(peers):
    """Why it cannot be measured here, or nothing."""
    if not (peers / "torch" / "train.py").is_file():
        return f"{peers}/torch/train.py is not there"
    if subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode != 0:
        return f"{PYTHON} has no torch (Debian: python3-torch)"
    return None


def measure(peers, case, mode, threads=1):
    script, more = ("infer.py", [case.batch]) if case.forward else ("train.py", [])
    command = [PYTHON, peers / "torch" / script, case.pytorch, mode, threads, *more]
    return {**measuring.run(command, threads, environment(threads)), "mode": mode}


def environment(threads):
    """Debian's PyTorch has threads of its own beside OpenBLAS's, which stand in each other's way unless OpenBLAS is the one
    built with OpenMP: $OMPBLAS names its folder."""
    openmp = {"LD_LIBRARY_PATH": os.environ["OMPBLAS"]} if threads > 1 and "OMPBLAS" in os.environ else {}
    return {"PYTHONDONTWRITEBYTECODE": "1", **openmp}
