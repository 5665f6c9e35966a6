"""ONNX Runtime runs the networks that PyTorch has exported: through node, or through the program that $ORT_C names, the peers'
bench.c compiled, which saves a call 15 µs."""

import os
import subprocess

import measuring
import pytorch

# As npm installs it: onnxruntime-node, below NODE_PATH or beside the peers' script.
LOADS = "require('onnxruntime-node')"


def missing(peers):
    """Why it cannot be measured here, or nothing."""
    if pytorch.missing(peers):
        return "PyTorch, which exports the networks, is missing"
    return None if "ORT_C" in os.environ else missing_for_node(peers)


def missing_for_node(peers):
    if not (peers / "ort" / "bench.js").is_file():
        return f"{peers}/ort/bench.js is not there"
    try:
        loaded = subprocess.run(["node", "-e", LOADS], cwd=peers / "ort", capture_output=True).returncode == 0
    except FileNotFoundError:
        return "node is not installed"
    return None if loaded else "node finds no onnxruntime-node (npm install --ignore-scripts onnxruntime-node; NODE_PATH)"


def exported(peers, folder):
    """The folder, with all networks as ONNX files, which are written once."""
    if not any(folder.glob("*.onnx")):
        print(f"exporting the networks to {folder}", flush=True)
        command = [pytorch.PYTHON, peers / "torch" / "export_onnx.py", folder]
        subprocess.run(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, check=True)
    return folder


def measure(peers, case, networks):
    batch = "b1" if case.batch == 1 else "own"
    program = [os.environ["ORT_C"]] if "ORT_C" in os.environ else ["node", peers / "ort" / "bench.js"]
    return measuring.run([*program, networks / f"{case.pytorch}.{batch}.onnx", 1])
