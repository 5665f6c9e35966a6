"""gradc's own measurements: `gradc bench`, which compiles a model, runs an entry and prints a JSON object for each."""

import pathlib

import measuring

MODELS = pathlib.Path(__file__).parents[1] / "models"


def measure(gradc, case, threads=1):
    """One step of the case: its entries one after the other."""
    calls = [measure_entry(gradc, MODELS / f"{case.model}.grad", case.sizes, entry, threads) for entry in case.entries]
    failed = [call for call in calls if "error" in call]
    return failed[0] if failed else in_a_row(calls)


def measure_entry(gradc, model, sizes, entry, threads=1):
    command = [gradc, "bench", model, *dims_of(sizes), f"--entry={entry}", f"--threads={threads}", "--json"]
    return measuring.run(command, threads)


def dims_of(sizes):
    return [argument for name, size in sizes.items() for argument in ("-D", f"{name}={size}")]


def in_a_row(calls):
    """What several calls take together. All of them are compiled, and use the same memory."""
    if len(calls) == 1:
        return calls[0]
    us, floor_us, flops = (sum(call[key] for call in calls) for key in ("us", "floor_us", "flops"))
    return {
        **calls[0],
        "us": us,
        "flops": flops,
        "gflops": flops / us * 1e-3,
        "floor_us": floor_us,
        "of_floor": floor_us / us,
        "compile_ms": max(call["compile_ms"] for call in calls),
        "rss_mb": max(call["rss_mb"] for call in calls),
        "disturbed": any(call["disturbed"] for call in calls),
    }
