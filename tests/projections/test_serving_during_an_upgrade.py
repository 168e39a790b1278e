"""An upgrade with a changed read model: what is only shown is shown as it was until it is rebuilt; all else waits."""

import ast
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.api import create_app
from dsr.bootstrap import Service
from dsr.projections import ONLY_SHOWN, PROJECTIONS, Page, rebuild, timeline_of, verify
from dsr.projections.errors import ProjectionBehind
from dsr.projections.positions import positions
from tests.desk.office import Office
from tests.settable_clock import SettableClock

ROOT = Path(__file__).parents[2]
SHOWN = [each for each in PROJECTIONS if each.name in ONLY_SHOWN]


def set_version(service: Service, name: str, version: int) -> None:
    """As if another program had built it."""
    with service.database.writing() as connection:
        connection.execute(sa.update(positions).where(positions.c.name == name).values(version=version))


def timeline(service: Service, request_id: UUID) -> Page:
    with service.database.reading() as connection:
        return timeline_of(connection, request_id)


def readiness(service: Service) -> tuple[int, Any]:
    answer = create_app(service).test_client().get("/health/ready")
    return answer.status_code, answer.get_json()


def test_what_is_only_shown_takes_no_readiness_away(service: Service, clock: SettableClock) -> None:
    # given
    office = Office(service, clock)
    case = office.case_by_mail()
    before = timeline(service, case).rows
    for each in SHOWN:
        set_version(service, each.name, 0)
    # when
    service.check()
    office.desk.triage.add_note(case, office.call(), note="Called.")
    # then
    status, ready = readiness(service)
    assert (status, ready["status"]) == (200, "degraded")
    assert set(ready["read_models"]) == set(ONLY_SHOWN)
    assert "read_models" in ready["degraded"]
    assert timeline(service, case).rows == before, "its rows wait for the rebuild"
    # when, then
    rebuild(service.database, service.log, SHOWN, at=service.clock.now())
    assert len(timeline(service, case).rows) == len(before) + 1
    assert verify(service.database, service.log) == []
    assert readiness(service)[1]["read_models"] == []


@pytest.mark.parametrize("name", sorted({each.name for each in PROJECTIONS} - ONLY_SHOWN))
def test_the_service_waits_for_what_decisions_rest_on(service: Service, name: str) -> None:
    set_version(service, name, 0)
    with pytest.raises(ProjectionBehind, match=name):
        service.check()
    assert readiness(service)[0] == 503


def test_rows_of_a_newer_program_are_not_shown(service: Service) -> None:
    set_version(service, "timeline", 99)
    with pytest.raises(ProjectionBehind, match="timeline"):
        service.check()


def test_a_list_that_was_never_built_is_not_shown_empty(service: Service) -> None:
    with service.database.writing() as connection:
        connection.execute(sa.delete(positions).where(positions.c.name == "timeline"))
    with pytest.raises(ProjectionBehind, match="timeline"):
        service.check()


def test_nothing_but_what_shows_asks_for_what_is_only_shown() -> None:
    """Commands are held to it by what they send (tests/traffic.py); here all that runs in the background is."""
    modules = {f"dsr.projections.{name}" for name in ONLY_SHOWN}
    asking = {
        file.name
        for part in ("desk", "policies", "worker.py", "scheduler.py")
        for file in sources(part)
        for imported in ast.walk(ast.parse(file.read_text()))
        if isinstance(imported, ast.ImportFrom) and (imported.module or "").startswith("dsr.projections")
        for each in imported.names
        if isfunction(found := getattr(import_module(str(imported.module)), each.name)) and found.__module__ in modules
    }
    assert asking == {"audits.py", "fees.py", "history.py"}, "the audit, the list of fees and the history show"


def sources(part: str) -> list[Path]:
    path = ROOT / "dsr" / part
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
