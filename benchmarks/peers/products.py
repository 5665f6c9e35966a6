"""Matrix products M×K by K×N whose weights are packed already, beside the libraries for them.

A program of gradc's prepares what no step of a loop changes once, in front of the loop, so ../models/product.grad multiplies in a
loop: each product takes what the one before it has given, and the weights are the same. Preparing them is measured with it, and
is a hundredth of it at most. The libraries multiply the same operands again and again; where they can pack, packing is not timed.
"""

import itertools
import subprocess

import gradc
import measuring

SQUARE = [(n, n, n) for n in (256, 512, 1024)]
SKINNY = [(M, N, K) for M, K, N in itertools.product((1, 8, 16, 32, 64, 128), (128, 256, 512), (512, 1024, 2048))]
SHORT = SQUARE[:2]

LIBRARIES = ["openblas", "onednn", "xsmm"]
FLOP_PER_RUN = 2e10  # a loop of a tenth of a second


def build(peers, folder):
    """Builds the libraries' programs once. Gives those that could be built, and says which could not."""
    folder.mkdir(parents=True, exist_ok=True)
    programs = {name: folder / f"gemm_{name}" for name in LIBRARIES}
    script = peers / "sgemm" / "build.sh"
    if script.is_file() and not any(program.exists() for program in programs.values()):
        subprocess.run(["sh", script, folder], capture_output=True)
    for name in [name for name, program in programs.items() if not program.exists()]:
        print(f"without {name}: {script} could not build it")
    return {name: program for name, program in programs.items() if program.exists()}


def measure(options):
    """Per shape what reached which share of the peak, medians of the rounds; ours and the libraries' take turns."""
    shapes = taken(options)
    if not shapes:
        return []
    programs = {} if options.alone else build(options.peers, options.out / "products")
    which = "square" if set(shapes) <= set(SQUARE) else "all"
    reached = {shape: {} for shape in shapes}
    for _ in range(options.rounds):
        for program in programs.values():
            add(reached, measure_library(program, which))
        add(reached, (measure_ours(options.gradc, shape) for shape in reached))
    return [row(shape, by_name) for shape, by_name in reached.items()]


def taken(options):
    """The shapes whose name, product_8x1024x256, contains one of those asked for, or all."""
    if options.short:
        return SHORT
    name_of = lambda shape: "product_" + "x".join(map(str, shape))
    return [shape for shape in SQUARE + SKINNY if not options.names or any(name in name_of(shape) for name in options.names)]


def add(reached, measurements):
    for shape, name, gflops, peak in measurements:
        if shape in reached and "bf16" not in name:
            reached[shape].setdefault(name, []).append((gflops / peak, gflops))


def measure_library(program, which):
    """(shape, name, GFLOP/s, peak of the moment) of the shapes that the program knows, all or the square ones."""
    lines, _ = measuring.run_for_lines([program, which])
    for line in lines:
        if not line.startswith("#"):
            library, variant, M, N, K, _, gflops, peak = line.split()
            yield (int(M), int(N), int(K)), f"{library} {variant.split('[')[0]}", float(gflops), float(peak)


def measure_ours(compiler, shape):
    M, N, K = shape
    steps = max(20, min(2000, round(FLOP_PER_RUN / (2 * M * N * K))))
    measured = gradc.measure_entry(compiler, gradc.MODELS / "product.grad", dict(T=steps, M=M, N=N, K=K), "infer")
    if "error" in measured:
        raise SystemExit(f"{shape}: {measured['error']}")
    if measured["flops"] < 2 * M * N * K * steps:
        raise SystemExit(f"{shape}: {measured['flops']} operations are not {steps} products; is the loop gone?")
    return shape, "gradc", measured["gflops"], measured["peak_gflops"]


def row(shape, by_name):
    """The median of each by its share of the peak: clocks drift, and peaks with them."""
    middle = {name: sorted(runs)[(len(runs) - 1) // 2] for name, runs in by_name.items()}
    return {"shape": shape, "reached": {name: {"of_peak": share, "gflops": gflops} for name, (share, gflops) in middle.items()}}
