"""Measurements in files: PART.json, and as a table and a picture beside it."""

import json

import chart
import table


def write(folder, part, rows):
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        ".json": json.dumps({"part": part, "rows": rows}, indent=1),
        ".md": table.document(part, rows),
        ".svg": chart.draw(part, rows),
    }
    for suffix, text in texts.items():
        (folder / part).with_suffix(suffix).write_text(text, encoding="utf-8")


def read(file):
    """The part and its rows."""
    recorded = json.loads(file.read_text(encoding="utf-8"))
    return recorded["part"], recorded["rows"]


def by_name(file):
    _, rows = read(file)
    return {name_of(row): row for row in rows}


def name_of(row):
    return row.get("case") or tuple(row["shape"])


def filled(row, earlier):
    """The row, and what it lacks from the one of its name."""
    same = earlier.get(name_of(row), {})
    if "reached" in row:
        return {**row, "reached": {**same.get("reached", {}), **row["reached"]}}
    return {**same, **row}
