"""Files of every kind have periods of their own: a list says which have ended, and an audit computes them again
(docs/law §7).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, Caller
from dsr.domain.authority_disclosure import DisclosureFinding
from dsr.domain.own_file import FileKind
from dsr.projections.rows import Row
from tests.catalogue.matters import complaint
from tests.desk.office import Office, member
from tests.desk.test_authority_disclosures import record, review
from tests.desk.test_forgetting import closed, closed_at
from tests.desk.test_forgetting_files import discarded, ended
from tests.desk.test_own_erasures import report
from tests.desk.test_replay import forged, replayed
from tests.desk.test_retention import batches, decide, draw_up, propose, work

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

PERIODS = {"matters": "P1Y", "quarantine": "P2Y", "disclosures": "P4Y", "own_erasures": "P18M"}

UNTIL = {
    FileKind.CASE_FILE: date(2030, 1, 1),
    FileKind.MATTER: date(2028, 1, 1),
    FileKind.QUARANTINE: date(2029, 1, 1),
    FileKind.DISCLOSURE: date(2031, 1, 1),
    FileKind.OWN_ERASURE: date(2028, 7, 1),
}
"""Files that the German controller closed in 2026."""


def one_of_each_kind(office: Office, example: str) -> dict[FileKind, UUID]:
    """Settled files of a controller whose record of processing states a period of its own for each kind."""
    for name, period in PERIODS.items():
        example = example.replace(f"{name}: P3Y", f"{name}: {period}", 1)
    office.desk.ropa.adopt(example.encode(), Call(office.ann))
    closing: dict[FileKind, Callable[[], UUID]] = {
        FileKind.CASE_FILE: lambda: closed(office),
        FileKind.MATTER: lambda: ended(office, complaint(office)),
        FileKind.QUARANTINE: lambda: discarded(office, b"\xff\x00 Ada", "callcentre-de"),
        FileKind.DISCLOSURE: lambda: refused(office),
        FileKind.OWN_ERASURE: lambda: cancelled(office),
    }
    files = {}
    for kind, close in closing.items():
        files[kind] = close()
        office.clock.advance(minutes=1)
    return files


def refused(office: Office) -> UUID:
    disclosure_id = record(office)
    review(office, disclosure_id, finding=DisclosureFinding.REFUSE, extent=())
    return disclosure_id


def cancelled(office: Office) -> UUID:
    erasure_id = report(office)
    office.desk.own_erasures.cancel(erasure_id, Call(office.ann), reason="It is lawful.")
    return erasure_id


def on(office: Office, day: date) -> None:
    office.clock.advance(days=(day - office.clock.now().date()).days)


def forgotten(office: Office) -> None:
    """All files whose period has ended, by the order of two people."""
    draw_up(office)
    for each in batches(office):
        propose(office, each["batch_id"])
        decide(office, each["batch_id"])
    work(office)


def listed(office: Office, who: Caller | None = None, **asked: Any) -> list[tuple[FileKind, UUID]]:
    """What the list of files whose period has ended shows, page by page."""
    rows, cursor = list[Row](), None
    while True:
        said: dict[str, Any] = {"kind": None, "controller": None, "limit": 1} | asked
        page = office.desk.retention.due_files.page(who or office.ann, cursor=cursor, **said)
        rows += page.rows
        if page.next is None:
            return [(row["kind"], row["file_id"]) for row in rows]
        cursor = page.next


def test_the_period_of_every_kind_of_file_ends_is_listed_and_is_computed_again(office: Office, example: str) -> None:
    # given: the files of a controller, and a message of which nobody knows the controller
    office.service.policies.begin()
    files = one_of_each_kind(office, example)
    nobodys = discarded(office, b"\xff\x01 Ada", None)
    # when: the years pass, then each kind is listed from its day on, the longest closed first
    for day in sorted(set(UNTIL.values())):
        on(office, day - timedelta(days=1))
        due = {each for each in listed(office) if each != (FileKind.QUARANTINE, nobodys)}
        assert due == {(kind, files[kind]) for kind, until in UNTIL.items() if until < day}
    on(office, date(2031, 1, 1))
    assert [each[1] for each in listed(office)] == [*files.values(), nobodys]
    # then: by kind, by controller, and nobody's only for those who see all
    german, french = member("hana", "callcentre-de"), member("hugo", "callcentre-fr")
    assert listed(office, kind=FileKind.MATTER) == [(FileKind.MATTER, files[FileKind.MATTER])]
    assert dict(listed(office, german)) == dict(listed(office, controller="callcentre-de")) == files
    assert listed(office, french) == listed(office, german, controller="callcentre-fr") == []
    # and when
    forgotten(office)
    assert listed(office) == []
    honest = replayed(office)
    assert honest.is_borne_out, honest.wrong_dates
    until = {files[kind]: day for kind, day in UNTIL.items()} | {nobodys: date(2030, 1, 1)}
    names = ("dsr.request.forgetting-ordered", "dsr.own-file.forgetting-ordered")

    def audited(**said: Any) -> dict[UUID, tuple[str, Any]]:
        for name in names:
            list(forged(office, name, lambda facts: facts.update(said)))
        return {each.stream_id: (each.field, each.recomputed) for each in replayed(office).wrong_dates}

    # then: another end of the period is found, with the one that the record of processing gives
    assert audited(kept_until="2029-06-01") == {each: ("kept_until", day) for each, day in until.items()}
    # and: an order before that end, too
    early = audited(timestamp="2027-12-31T22:59:00Z")
    assert set(early) == set(until)
    assert set(early.values()) == {("event", "case-file-kept"), ("event", "file-kept")}


def test_a_year_ends_by_the_days_of_the_controller(office: Office, example: str) -> None:
    # given: a file closed on the last evening of the year in Martinique, where it is the next year in UTC
    office.desk.ropa.adopt(example.replace("Europe/Paris", "America/Martinique").encode(), Call(office.ann))
    office.clock.advance(seconds=(datetime(2027, 1, 1, 2, tzinfo=UTC) - office.clock.now()).total_seconds())
    request_id = closed_at(office, "callcentre-fr")
    # when, then
    on(office, date(2030, 1, 1))
    assert listed(office) == []  # there, the last day of the period has two hours left
    on(office, date(2030, 1, 2))
    assert listed(office) == [(FileKind.CASE_FILE, request_id)]
