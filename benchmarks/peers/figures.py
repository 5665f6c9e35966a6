"""Figures as a reader wants them: three digits and a unit, and a mark where one falls short of its goal."""


def verdict(value, wanted, form):
    """The value, and ✗ where it is less than what is wanted."""
    return bare(value, form) + (" ✗" if value is not None and wanted is not None and value < wanted else "")


def at_most(value, wanted, form):
    """The value, and ✗ where it is more than what is wanted."""
    return bare(value, form) + (" ✗" if value is not None and value > wanted else "")


def goal(wanted, form):
    return "–" if wanted is None else f"≥ {form(wanted)}"


def bare(value, form):
    return "–" if value is None else form(value)


def times(ratio):
    return f"{ratio:.0f}×" if ratio >= 99.5 else f"{ratio:.3g}×"


def percent(share):
    return f"{100 * share:.0f} %"


def two_places(ratio):
    return f"{ratio:.2f}"


def milliseconds(ms):
    return f"{ms:.0f} ms"


def megabytes(mb):
    return f"{mb:.0f} MB"


def time(measurement):
    """Of a step, with ~ where other processes were at work meanwhile."""
    if not measurement:
        return "–"
    if "error" in measurement:
        return "fails"
    return ("~" if measurement.get("disturbed") else "") + readable(measurement["us"])


def readable(us):
    """0.350 µs, 12.3 µs, 4.56 ms, 1.58 s"""
    for unit, scale in (("µs", 1), ("ms", 1e3)):
        if us < 999.5 * scale:
            return f"{three_digits(us / scale)} {unit}"
    return f"{three_digits(us / 1e6)} s"


def three_digits(number):
    return f"{number:#.3g}".rstrip(".")
