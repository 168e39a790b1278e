"""A changed list of controllers is a task until it was announced (GDPR Art. 13(1)(a), 26(2))."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import VersionStale
from dsr.domain.ropa import (
    AnnouncementChannel,
    AnnouncementDateInvalid,
    AnnouncementIncomplete,
    AnnouncementMade,
    AnnouncementUnknown,
)
from tests.desk.office import Office

EXAMPLE = (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")


def adopt(office: Office, old: str, new: str) -> Any:
    answer = office.desk.ropa.adopt(EXAMPLE.replace(old, new).encode(), Call(office.ann))
    return msgspec.json.decode(answer.body)


@pytest.fixture
def changed(office: Office) -> Any:
    """Version 2 renamed the French member."""
    adopt(office, "name: Callcentre France SAS", "name: Centre d’appels SAS")
    return office


def complete(office: Office, number: int = 2, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "announced_on": date(2026, 3, 5),
        "channels": (AnnouncementChannel.WEBSITE,),
        "summary": "The French member has a new name.",
    }
    call = facts.pop("call", Call(office.ann))
    return office.desk.announcements.complete(number, call, **(said | facts))


def test_adopting_tells_whether_an_announcement_is_due(office: Office) -> None:
    assert adopt(office, "callcentre-fr", "callcentre-ff")["announcement_due"] is True
    assert adopt(office, 'label: "2026-1"', 'label: "2026-3"')["announcement_due"] is True  # the French one is back
    assert adopt(office, 'label: "2026-1"', 'label: "2026-4"')["announcement_due"] is False
    assert office.names().count("ropa.controllers-changed") == 2


def test_nothing_is_to_be_announced_at_first(office: Office) -> None:
    assert office.desk.announcements.all() == ()
    with pytest.raises(AnnouncementUnknown):
        office.desk.announcements.one(1)
    with pytest.raises(AnnouncementUnknown):
        complete(office, 1)


def test_open_announcements_come_first_and_the_latest_before_earlier_ones(changed: Any) -> None:
    adopt(changed, "callcentre-fr", "callcentre-ff")
    adopt(changed, "callcentre-es", "callcentre-ss")
    complete(changed, 3)
    assert [(each.number, each.is_open) for each in changed.desk.announcements.all()] == [
        (4, True), (2, True), (3, False),
    ]  # fmt: skip


def test_what_was_announced_is_kept_with_who_recorded_it(changed: Any) -> None:
    body = msgspec.json.decode(complete(changed).body)
    assert body == {
        "version": 2,
        "is_open": False,
        "adopted_at": "2026-03-05T09:00:00Z",
        "added": [],
        "removed": [],
        "renamed": ["callcentre-fr"],
        "announced_on": "2026-03-05",
        "channels": ["website"],
        "summary": "The French member has a new name.",
        "recorded_by": "ann",
    }
    assert changed.names()[-1] == "ropa.controllers-announced"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"channels": ()}, AnnouncementIncomplete),
        ({"summary": " \u200b… "}, AnnouncementIncomplete),
        ({"announced_on": date(2026, 3, 4)}, AnnouncementDateInvalid),
        ({"announced_on": date(2026, 3, 6)}, AnnouncementDateInvalid),
    ],
)
def test_an_announcement_that_is_refused_stays_open_and_changes_nothing(
    changed: Any, facts: Any, error: type[Exception]
) -> None:
    before = changed.everything()
    with pytest.raises(error):
        complete(changed, **facts)
    assert changed.everything() == before
    assert changed.desk.announcements.one(2)[0].is_open


def test_an_announcement_is_made_once_and_a_repeated_call_gets_the_first_answer(changed: Any) -> None:
    _, version = changed.desk.announcements.one(2)
    call = Call(changed.ann, expected=version, idempotency=changed.key())
    first = complete(changed, call=call)
    assert complete(changed, call=call) == first
    with pytest.raises(AnnouncementMade):
        complete(changed)


def test_an_announcement_is_decided_on_the_record_as_it_stands(changed: Any) -> None:
    _, version = changed.desk.announcements.one(2)
    with pytest.raises(VersionStale):
        complete(changed, call=replace(Call(changed.ann), expected=version - 1))
    answer = complete(changed, call=replace(Call(changed.ann), expected=version))
    assert answer.version == version + 1
