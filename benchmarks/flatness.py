"""Whether a figure that was sampled for hours stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median
from typing import Final

MEBIBYTE: Final = 2**20
MEMORY_RATIO: Final = 1.1
MEMORY_ROOM: Final = 8 * MEBIBYTE
COUNT_ROOM: Final = 2
LOG_ROOM: Final = 32 * MEBIBYTE
"""Two segments of PostgreSQL's."""


@dataclass(frozen=True)
class Rule:
    """When a figure is flat: what its last quarter may be at most where its second quarter is the basis.

    The first quarter warms up: caches fill, and pools open their connections.
    """

    told: str
    summary: Callable[[Sequence[float]], float]
    """One figure for a quarter."""
    most: Callable[[float], float]
    unit: float = 1
    """What the figure is divided by when it is told."""


MEMORY: Final = Rule("at most × 1.1 + 8 MiB", median, lambda basis: basis * MEMORY_RATIO + MEMORY_ROOM, MEBIBYTE)
COUNT: Final = Rule("at most 2 more", median, lambda basis: basis + COUNT_ROOM)
LOG: Final = Rule("largest: at most 32 MiB more", max, lambda basis: basis + LOG_ROOM, MEBIBYTE)


@dataclass(frozen=True)
class Course:
    """A figure over the time of a run."""

    rule: Rule
    first: float
    """Of the second quarter."""
    last: float
    """Of the last quarter."""
    per_hour: float
    """Slope of a line through everything after the first quarter."""

    @property
    def is_flat(self) -> bool:
        """Whether the last quarter keeps to the rule."""
        return self.last <= self.rule.most(self.first)


def course(rule: Rule, hours: Sequence[float], values: Sequence[float]) -> Course:
    """Judge a figure by its samples, at least eight, each with its time in hours."""
    quarter = len(values) // 4
    if quarter < 2:
        raise ValueError("needs eight samples")
    slope = linear_regression(hours[quarter:], values[quarter:]).slope
    return Course(rule, rule.summary(values[quarter : 2 * quarter]), rule.summary(values[-quarter:]), slope)
