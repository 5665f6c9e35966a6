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
        one = by_contestant(options, case, threads=1)
        two = {} if case.forward or options.short else by_contestant(options, case, threads=2)
        print(", ".join(f"{name} {in_short(each)}" for name, each in one.items()), flush=True)
        yield {
            "case": case.name,
            "wanted": {"ratio": case.ratio, "of_floor": case.of_floor, "compile_ms": case.compile_ms},
            **one,
            "program": {} if case.forward else host.measure(options.gradc, case, options.out / "programs"),
            **{f"{name}, 2 threads": each for name, each in two.items()},
        }


def in_short(measurement):
    return measurement.get("error") or f"{measurement['us']:.1f} µs"


def by_contestant(options, case, threads):
    contestants = {"gradc": functools.partial(gradc.measure, options.gradc, case, threads)}
    if "PyTorch" not in options.absent:
        contestants["PyTorch"] = fastest_mode(options, case, threads)
    if "ONNX Runtime" not in options.absent and case.forward:
        networks = onnx_runtime.exported(options.peers, options.out / "onnx")
        contestants["ONNX Runtime"] = functools.partial(onnx_runtime.measure, options.peers, case, networks)
    return measuring.alternate(contestants, options.rounds)


def fastest_mode(options, case, threads):
    """PyTorch as it is fastest: a trial of each mode, unless there is one round only."""
    modes = {mode: functools.partial(pytorch.measure, options.peers, case, mode, threads) for mode in case.modes}
    if options.rounds == 1 or len(modes) == 1:
        return modes[case.modes[0]]
    trials = {mode: run().get("us", float("inf")) for mode, run in modes.items()}
    return modes[min(trials, key=trials.get)]
