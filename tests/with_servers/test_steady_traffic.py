"""A whole installation keeps what it holds while it works; `python -m benchmarks steady` shows it for two hours."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.progress import Progress

from benchmarks.places import Place
from benchmarks.steady import run
from benchmarks.watching import Watching
from tests.proving import in_ci

SECONDS = in_ci(30, proving=300)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_steady_traffic_leaves_no_trace_but_its_cases(
    kind: str, tmp_path: Path, postgres_server: str, record_property: Callable[[str, object], None]
) -> None:
    # given
    place = Place(kind, tmp_path, postgres_server if kind == "postgresql" else None)
    # when
    results = run(place, Watching(Progress(disable=True)), minutes=SECONDS / 60)
    # then
    told = [f"{each.measurement}: {each.ours}, before {each.baseline}" for each in results]
    record_property("counts", "; ".join(told))
    assert [each.measurement for each in results if not each.met] == []
    assert {each.measurement.partition(":")[0] for each in results} >= {
        *("steady, web 1", "steady, web 2", "steady, worker", "steady, scheduler")
    }
