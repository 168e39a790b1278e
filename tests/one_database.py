"""On which database a test runs, where it could run on both: DSR_TEST_DATABASES.

What stands above the database (`ABOVE`) gives the same answer on both, and takes twice as long. `make test` runs
each of these tests on one, half of them on each: `one`. `.ci/run` then runs those that it left out: `other`. Without
the variable, tests run on both. Tests of the database itself, and of what asks it in its own words, always do.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from zlib import crc32

VARIABLE: Final = "DSR_TEST_DATABASES"
ABOVE: Final = ("tests/api/", "tests/cli/", "tests/desk/", "tests/exports/", "tests/letters/", "tests/policies/")
_DATABASE: Final = re.compile(r"(?<=[\[-])(sqlite|postgresql)(?=[\]-])")


def left_out(tests: Iterable[str], wanted: str | None = None) -> set[str]:
    """Which of these tests, given by their node ids, do not run. `wanted` is what the variable says if it is None.

    Raises ValueError for what is none of `both`, `one` and `other`.
    """
    wanted = wanted or os.environ.get(VARIABLE, "both")
    if wanted not in ("both", "one", "other"):
        raise ValueError(f"{VARIABLE} is both, one or other, not {wanted}")
    if wanted == "both":
        return set()
    every = set(tests)
    twins = defaultdict[str, list[str]](list)
    for test in sorted(every):
        if test.startswith(ABOVE):
            twins[_DATABASE.sub("*", test, count=1)].append(test)
    second = {each[crc32(name.encode()) % 2] for name, each in twins.items() if len(each) == 2}
    return second if wanted == "one" else every - second
