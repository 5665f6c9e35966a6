"""Steps of the cases, training or forward only, by gradc and by the peers in turn."""

import functools

import cases
import gradc
import host
import measuring
import onnx_runtime
import pytorch


def measure(options, all_cases):
    """A row per case, as soon as it is measured."""
    for case in cases.taken(all_cases, options):
        print(f"{case.name:40}", end="", flush=True)
        mode = None if "PyTorch" in options.absent else fastest_mode(options, case)
        measured = {}
        for threads in [1] if case.forward else options.threads:
            for name, each in by_contestant(options, case, mode, threads).items():
                measured[name if threads == 1 else f"{name}, {threads} threads"] = each
        print(", ".join(f"{name} {in_short(each)}" for name, each in measured.items()), flush=True)
        yield {
            "case": case.name,
            "wanted": {"ratio": case.ratio, "of_floor": case.of_floor, "compile_ms": case.compile_ms},
            "program": {} if case.forward else host.measure(options.gradc, case, options.out / "programs"),
            **measured,
        }


def in_short(measurement):
    return measurement.get("error") or f"{measurement['us']:.1f} µs"


def fastest_mode(options, case):
    """How PyTorch is fastest: a trial of each mode, unless there is one round only."""
    if options.rounds == 1 or len(case.modes) == 1:
        return case.modes[0]
    return min(case.modes, key=lambda mode: pytorch.measure(options.peers, case, mode).get("us", float("inf")))


def by_contestant(options, case, mode, threads):
    contestants = {"gradc": functools.partial(gradc.measure, options.gradc, case, threads)}
    if mode:
        contestants["PyTorch"] = functools.partial(pytorch.measure, options.peers, case, mode, threads)
    if "ONNX Runtime" not in options.absent and case.forward:
        networks = onnx_runtime.exported(options.peers, options.out / "onnx")
        contestants["ONNX Runtime"] = functools.partial(onnx_runtime.measure, options.peers, case, networks)
    return measuring.alternate(contestants, options.rounds)
