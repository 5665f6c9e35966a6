"""Measurements as Markdown. ✗ marks what falls short of its goal, ~ times that other processes may have lengthened."""

from figures import at_most, bare, goal, megabytes, milliseconds, percent, time, times, two_places, verdict

PEERS = ["PyTorch", "ONNX Runtime"]
MEMORY_GOAL = 1 / 8  # of PyTorch's
SPEED_UP_GOAL, SPEED_UP_US = 1.7, 5000  # two threads against one, for steps that take longer than that
NO_SLOWER = 0.97  # the goal of shorter ones: as fast, give or take what a measurement is off
PRODUCT_GOAL, PEAK_GOAL, PEAK_ROWS = 0.85, 0.80, 24  # of the best library; of the peak, for so many rows or more


def document(part, rows):
    tables = [table(heads, [*filter(None, map(row_of, rows))]) for heads, row_of in TABLES[part]]
    return f"# {part.capitalize()}\n\n" + "\n".join(tables) + ("\n" + products_verdict(rows) if part == "products" else "")


TRAINING = ["case", "gradc", "PyTorch", "ratio", "goal", "GFLOP/s", "of the floor", "goal", "compiled in", "memory", "of PyTorch's"]


def training_row(row):
    ours, theirs, wanted = row.get("gradc"), row.get("PyTorch"), row["wanted"]
    if not ours:
        return None
    if "error" in ours:
        return [row["case"], ours["error"]]
    return [
        row["case"],
        time(ours),
        time(theirs),
        verdict(to_the_better(row), wanted["ratio"], times),
        goal(wanted["ratio"], times),
        f"{ours['gflops']:.1f}",
        verdict(ours["of_floor"], wanted["of_floor"], percent),
        goal(wanted["of_floor"], percent),
        at_most(ours["compile_ms"], wanted["compile_ms"], milliseconds),
        bare(row["program"].get("rss_mb"), megabytes),
        at_most(quotient(row["program"], theirs, "rss_mb"), MEMORY_GOAL, percent),
    ]


TWO_THREADS = ["case", "gradc, 1 thread", "2 threads", "speed-up", "goal", "PyTorch, 2 threads", "ratio"]


def two_threads_row(row):
    one, two, theirs = row.get("gradc"), row.get("gradc, 2 threads"), row.get("PyTorch, 2 threads")
    if not two or "error" in two:
        return None
    takes = (one if one and "us" in one else two)["us"]
    wanted = SPEED_UP_GOAL if takes > SPEED_UP_US else NO_SLOWER
    return [
        row["case"],
        time(one),
        time(two),
        verdict(quotient(one, two, "us"), wanted, times),
        goal(wanted, times),
        time(theirs),
        bare(quotient(theirs, two, "us"), times),
    ]


INFERENCE = ["case", "gradc", "PyTorch", "ONNX Runtime", "ratio to the better one", "goal", "compiled in"]


def inference_row(row):
    ours, wanted = row["gradc"], row["wanted"]
    if "error" in ours:
        return [row["case"], ours["error"]]
    return [
        row["case"],
        time(ours),
        time(row.get("PyTorch")),
        time(row.get("ONNX Runtime")),
        verdict(to_the_better(row), wanted["ratio"], times),
        goal(wanted["ratio"], times),
        at_most(ours["compile_ms"], wanted["compile_ms"], milliseconds),
    ]


PRODUCTS = ["M × N × K", "gradc, GFLOP/s", "best library, GFLOP/s", "which", "ratio of their shares of the peak", "goal", "of the peak", "goal"]


def products_row(row):
    ours, best = row["reached"]["gradc"], best_library(row)
    peak_wanted = PEAK_GOAL if row["shape"][0] >= PEAK_ROWS else None
    return [
        " × ".join(map(str, row["shape"])),
        f"{ours['gflops']:.0f}",
        f"{row['reached'][best]['gflops']:.0f}" if best else "–",
        best or "–",
        verdict(to_the_best(row), PRODUCT_GOAL, two_places),
        goal(PRODUCT_GOAL, two_places),
        verdict(ours["of_peak"], peak_wanted, percent),
        goal(peak_wanted, percent),
    ]


def products_verdict(rows):
    ratios = [ratio for ratio in map(to_the_best, rows) if ratio]
    if not ratios:
        return ""
    return f"At least as fast as the best library on {sum(ratio >= 1 for ratio in ratios)} of {len(ratios)} shapes; goal: half of them.\n"


TABLES = {
    "training": [(TRAINING, training_row), (TWO_THREADS, two_threads_row)],
    "inference": [(INFERENCE, inference_row)],
    "products": [(PRODUCTS, products_row)],
}


def to_the_better(row):
    """How many times our time the fastest peer takes."""
    peers = [row[name] for name in PEERS if "us" in row.get(name, {})]
    return quotient(min(peers, key=lambda peer: peer["us"]), row.get("gradc"), "us") if peers else None


def to_the_best(row):
    """Our speed divided by the best library's, each as a share of the peak of its moment, because clocks drift."""
    best = best_library(row)
    return row["reached"]["gradc"]["of_peak"] / row["reached"][best]["of_peak"] if best else None


def best_library(row):
    libraries = [name for name in row["reached"] if name != "gradc"]
    return max(libraries, key=lambda name: row["reached"][name]["of_peak"]) if libraries else None


def quotient(above, below, key):
    """above / below, where both were measured."""
    return above[key] / below[key] if above and below and key in above and key in below else None


def table(head, rows):
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *(row + [""] * (len(head) - len(row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
