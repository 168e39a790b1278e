"""How long the long tests run: briefly in CI, long in `make prove` (DSR_TEST_PROVE=yes). Both assert the same."""

import os
from typing import Any

from hypothesis import seed

VARIABLE = "DSR_TEST_PROVE"
"""Programs that a test starts have it too."""

PROVES = os.environ.get(VARIABLE) == "yes"


def in_ci(count: int, *, proving: int) -> int:
    """How many rounds, cases or seeds a test takes in CI; `make prove` takes more."""
    return proving if PROVES else count


def played(machine: Any, run: int) -> Any:
    """The machine for one run: in CI it plays the same histories each time, in `make prove` others each time."""
    if not PROVES:
        seed(run)(machine)
    return machine
