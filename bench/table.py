"""Rows of results: medians over the rounds, ratios to a limit taken in the same rounds, aims."""

import statistics
from typing import NamedTuple


class Aim(NamedTuple):
    of: str  # "ratio" (to the row's limit) or "value"
    is_upper: bool
    bound: float

    def __str__(self):
        return "%s%s %s" % ("x " if self.of == "ratio" else "", "<=" if self.is_upper else ">=",
                            short(self.bound))


def at_most(bound, of="value"):
    return Aim(of, True, bound)


def at_least(bound, of="value"):
    return Aim(of, False, bound)


class Row:
    """One thing measured in every round. limit: the row that it is compared with, or None."""

    def __init__(self, label, unit, limit=None, aim=None):
        self.label = label
        self.unit = unit
        self.limit = limit
        self.aim = aim
        self.values = []

    def add(self, value):
        self.values.append(value)

    def ratios(self):
        """To the limit, round by round: what slows the machine in one round slows both."""
        return [value / of for value, of in zip(self.values, self.limit.values)]

    def verdict(self):
        got = statistics.median(self.ratios() if self.aim.of == "ratio" else self.values)
        is_reached = got <= self.aim.bound if self.aim.is_upper else got >= self.aim.bound
        return "reached" if is_reached else "NOT reached"

    def cells(self):
        ratios = self.ratios() if self.limit else []
        return (self.label, self.unit,
                short(statistics.median(self.values)), spread(self.values),
                "x " + short(statistics.median(ratios)) if ratios else "",
                spread(ratios) if ratios else "",
                str(self.aim) if self.aim else "",
                self.verdict() if self.aim else "")


def add_all(rows, values):
    for row, value in zip(rows, values, strict=True):
        row.add(value)


HEADINGS = ("", "", "median", "min-max", "to limit", "min-max", "aim", "")


def short(number):
    """Three figures of a small number, a large one in full."""
    return "{:,.0f}".format(number) if abs(number) >= 100 else "{:.3g}".format(number)


def spread(values):
    return "%s-%s" % (short(min(values)), short(max(values)))


def print_table(title, rows):
    lines = [HEADINGS] + [row.cells() for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    print("\n" + title)
    for line in lines:
        cells = [cell.ljust(width) if i in (0, 1, 6, 7) else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  " + "  ".join(cells).rstrip(), flush=True)
