"""PyTorch, through the scripts of the peers: one process per measurement."""

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
    return {**measuring.run(command, threads, {"PYTHONDONTWRITEBYTECODE": "1"}), "mode": mode}
