"""Which tests `make test` leaves to the rest of CI (`one_database.py`)."""

import pytest

from tests.one_database import left_out

ON_BOTH = [
    f"tests/database/test_a.py::test_{number}[{name}]" for number in range(20) for name in ("postgresql", "sqlite")
]
ABOVE = [f"tests/desk/test_a.py::test_{number}[{name}-x]" for number in range(20) for name in ("postgresql", "sqlite")]
SINGLE = ["tests/desk/test_a.py::test_alone[sqlite]", "tests/api/test_a.py::test_plain"]
TESTS = ON_BOTH + ABOVE + SINGLE


def test_each_test_above_the_database_runs_on_one_of_both_and_then_on_the_other() -> None:
    one = set(TESTS) - left_out(TESTS, "one")
    other = set(TESTS) - left_out(TESTS, "other")
    assert one | other == set(TESTS)
    assert not one & other
    assert one >= {*ON_BOTH, *SINGLE}
    assert {each.partition("[")[0] for each in other} == {each.partition("[")[0] for each in ABOVE}
    assert 0 < sum("sqlite" in each for each in other) < len(other), "each database has some"
    assert left_out(TESTS, "both") == set()


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="both, one or other"):
        left_out(TESTS, "half")
