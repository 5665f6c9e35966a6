"""Measurements as a picture: a bar per row, as long as the logarithm of the ratio to the best peer."""

import math

import figures
import table

BAR, GAP, LEFT, RIGHT, TOP, WIDTH = 16, 8, 260, 90, 56, 640
REACHED, SHORT, GRID, INK = "#2a78b8", "#d08a3a", "#d8d8d8", "#333333"
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
TITLES = {
    "training": "Training step: PyTorch's time divided by gradc's, one thread",
    "inference": "Forward only: the better one of PyTorch and ONNX Runtime, its time divided by gradc's",
    "products": "Matrix products M × N × K: gradc's speed divided by the best library's",
}


def draw(part, rows):
    bars = [bar for bar in map(BARS[part], rows) if bar[1]]
    height = TOP + len(bars) * (BAR + GAP) + 40
    place = axis([ratio for _, ratio, _ in bars] + [1] + [goal for *_, goal in bars if goal])
    drawn = [*grid(place, height), *(each for row, bar in enumerate(bars) for each in draw_bar(place, row, *bar))]
    return "\n".join([opening(height, TITLES[part]), *drawn, "</svg>\n"])


def step_bar(row):
    """What to draw of a case: its name, the ratio, the goal."""
    return row["case"], table.to_the_better(row), row["wanted"]["ratio"]


def product_bar(row):
    return " × ".join(map(str, row["shape"])), table.to_the_best(row), table.PRODUCT_GOAL


BARS = {"training": step_bar, "inference": step_bar, "products": product_bar}


def axis(ratios):
    """From a ratio to its x, on a logarithmic axis that has room for all of them."""
    low, high = math.log(min(ratios) / 1.2), math.log(max(ratios) * 1.2)
    return lambda ratio: LEFT + WIDTH * (math.log(ratio) - low) / (high - low)


def opening(height, title):
    width = LEFT + WIDTH + RIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<text x="16" y="24" font-size="15">{title}</text>\n'
        f'<text x="16" y="42">The mark is the goal; bars that fall short of it are orange.</text>'
    )


def grid(place, height):
    for tick in TICKS:
        x = place(tick)
        if LEFT <= x <= LEFT + WIDTH:
            yield f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{height - 30}" stroke="{INK if tick == 1 else GRID}"/>'
            yield f'<text x="{x:.1f}" y="{height - 14}" text-anchor="middle">{tick:g}×</text>'


def draw_bar(place, row, name, ratio, goal):
    y = TOP + row * (BAR + GAP)
    left, right = sorted((place(1), place(ratio)))
    yield f'<text x="{LEFT - 12}" y="{y + 12}" text-anchor="end">{name}</text>'
    yield f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{BAR}" fill="{colour(ratio, goal)}"/>'
    if goal:
        yield f'<line x1="{place(goal):.1f}" y1="{y - 3}" x2="{place(goal):.1f}" y2="{y + BAR + 3}" stroke="black" stroke-width="2"/>'
    yield f'<text x="{max(right, place(goal or ratio)) + 6:.1f}" y="{y + 12}">{figures.times(ratio)}</text>'


def colour(ratio, goal):
    return SHORT if goal and ratio < goal else REACHED
