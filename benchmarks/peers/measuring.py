"""Running contestants fairly: pinned to processors, in turn, when the machine is quiet."""

import json
import os
import resource
import subprocess
import time

DISTURBED = 0.04  # of one processor
ENOUGH, TRIES = 0.92, 4  # share of the time that a process should have a processor; how often it is given another chance
QUIET = float(os.environ.get("QUIET", 10))  # seconds to wait for it before each measurement, at most
PATIENCE = 150  # seconds; what has taken as long gets no further round, and no other chance


def alternate(contestants, rounds):
    """Calls each contestant (name: function that gives a measurement) once per round, in turn, because clocks drift. Gives the
    measurement of the median time of each; of one that failed, the first line of why."""
    runs = {name: [] for name in contestants}
    began = time.monotonic()
    for _ in range(rounds):
        for name, run in contestants.items():
            runs[name].append(run())
        if time.monotonic() - began > PATIENCE:
            break
    return {name: median(measured) for name, measured in runs.items()}


def median(measurements):
    failed = [each for each in measurements if "error" in each]
    if failed:
        return failed[0]
    middle = sorted(measurements, key=lambda each: each["us"])[(len(measurements) - 1) // 2]
    return {**middle, "all_us": [each["us"] for each in measurements]}


def run(command, threads=1, environment=None):
    """The JSON object that the command prints last, or why there is none."""
    try:
        lines, disturbed = run_for_lines(command, threads, environment)
    except subprocess.CalledProcessError as failed:
        return {"error": last_line(failed.stderr) or f"status {failed.returncode}"}
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    return {**objects[-1], "disturbed": disturbed} if objects else {"error": "printed no measurement"}


def run_for_lines(command, threads=1, environment=None):
    """What the command prints when it runs on as many processors as threads, and whether others were at work meanwhile. What
    had to wait for its processor is run again, and of all tries the one that had to wait least counts."""
    tries, end = [], time.monotonic() + PATIENCE
    while not tries or len(tries) < TRIES and all(had < ENOUGH for had, _, _ in tries) and time.monotonic() < end:
        tries.append(run_once(command, threads, environment))
    _, lines, disturbed = max(tries, key=lambda each: each[0])
    return lines, disturbed


def run_once(command, threads, environment):
    """Which share of its time the command had a processor, what it printed, and whether others were at work."""
    wait_until_quiet()
    before, own_before, began = busy_seconds(), own_seconds(), time.monotonic()
    ran = subprocess.run(
        ["taskset", "--cpu-list", f"0-{threads - 1}", *map(str, command)],
        env={**os.environ, **threads_of(threads), **(environment or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    took, own = time.monotonic() - began, own_seconds() - own_before
    others = (busy_seconds() - before - own) / took
    return own / took, ran.stdout.splitlines(), others > DISTURBED


def threads_of(threads):
    """What tells the libraries below PyTorch and its like how many threads to use."""
    return {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")}


def last_line(text):
    return (text.strip().splitlines() or [""])[-1]


def wait_until_quiet():
    """Until nobody else has computed for half a second, or in vain."""
    end = time.monotonic() + QUIET
    while time.monotonic() < end:
        before = busy_seconds()
        time.sleep(0.5)
        if busy_seconds() - before < DISTURBED / 2:
            return


def busy_seconds():
    """Processor time of all processes since the machine started, where the system tells."""
    try:
        with open("/proc/stat", encoding="ascii") as stat:
            user, nice, system, _, _, irq, softirq = map(int, stat.readline().split()[1:8])
    except OSError:
        return 0.0
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """Processor time of the processes that this one has started and seen the end of."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
