"""How long the long tests run: a short form in CI, a long one in `make prove` (DSR_PROVE=yes). Both assert the same."""

import os

PROVES = os.environ.get("DSR_PROVE") == "yes"


def in_ci(count: int, *, proving: int) -> int:
    """How many rounds, cases or seeds a test takes in CI; `make prove` takes more."""
    return proving if PROVES else count
