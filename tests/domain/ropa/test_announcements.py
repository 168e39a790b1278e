"""A change of the list of controllers is announced (GDPR Art. 13(1)(a), 26(2); the notice promises it)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.acting import Acting
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.events import Event
from dsr.domain.ropa import (
    AnnouncementChannel,
    AnnouncementDateInvalid,
    AnnouncementIncomplete,
    AnnouncementMade,
    AnnouncementUnknown,
    Controller,
    ControllerChange,
    ControllersAnnounced,
    ControllersChanged,
    RecordOfProcessing,
    Ropa,
)

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
WEBSITE, EMAIL = AnnouncementChannel.WEBSITE, AnnouncementChannel.EMAIL


@pytest.fixture
def adopt(berlin: WorkingCalendar) -> Any:
    record = RecordOfProcessing.open(Acting("ada", NOW))

    def adopted(document: Ropa, at: datetime = NOW) -> RecordOfProcessing:
        number = len(record.versions)
        record.adopt(
            Acting("ada", at), document=document, sha256=f"{number:064}", calendars=(berlin,), authorities={"de-berlin"}
        )
        return record

    return adopted


@pytest.fixture
def saxon(german: Controller) -> Controller:
    return replace(german, id="callcentre-sachsen", name="Callcentre Sachsen GmbH", mailboxes=("a@sachsen.example",))


@pytest.fixture
def changed(adopt: Any, ropa: Ropa, saxon: Controller) -> RecordOfProcessing:
    """Version 2 brought a further controller."""
    adopt(ropa)
    record: RecordOfProcessing = adopt(replace(ropa, controllers=(*ropa.controllers, saxon)))
    record.collect_events()
    return record


def announce(record: RecordOfProcessing, at: datetime = NOW, actor: str = "ann", **facts: Any) -> None:
    said: dict[str, Any] = {
        "number": 2,
        "announced_on": date(2026, 3, 5),
        "channels": (WEBSITE,),
        "summary": "Callcentre Sachsen GmbH has joined the group.",
    }
    record.record_announcement(Acting(actor, at), **(said | facts))


def renamed(ropa: Ropa) -> Ropa:
    german, american = ropa.controllers
    return replace(ropa, controllers=(replace(german, name="Rufzentrale GmbH"), american))


def changes_of(record: RecordOfProcessing) -> list[ControllersChanged]:
    return [event for event in record.collect_events() if isinstance(event, ControllersChanged)]


def test_the_first_version_changes_nothing_that_has_to_be_announced(adopt: Any, ropa: Ropa) -> None:
    record = adopt(ropa)

    assert changes_of(record) == []
    assert record.announcements == {}


def test_a_version_with_another_list_of_controllers_has_to_be_announced(
    adopt: Any, ropa: Ropa, saxon: Controller
) -> None:
    adopt(ropa)
    adopt(replace(renamed(ropa), controllers=(*renamed(ropa).controllers, saxon)))
    record = adopt(
        replace(
            ropa,
            controllers=(saxon, replace(ropa.controllers[1], mailbox_of=saxon.id)),
            activities=(
                replace(ropa.activities[0], controllers=("callcentre-us",), transfers=ropa.activities[0].transfers[1:]),
            ),
            joint_arrangement=None,
        )
    )

    second, third = changes_of(record)
    assert (second.number, second.added, second.removed, second.renamed) == (
        2, ("callcentre-sachsen",), (), ("callcentre-de",),
    )  # fmt: skip
    assert (third.number, third.added, third.removed, third.renamed) == (3, (), ("callcentre-de",), ())
    assert [record.announcement(number).is_open for number in (2, 3)] == [True, True]


@pytest.mark.parametrize(
    "alter",
    [
        lambda ropa: replace(ropa, label="b"),
        lambda ropa: replace(ropa, controllers=ropa.controllers[::-1]),
        lambda ropa: replace(
            ropa, controllers=(replace(ropa.controllers[0], address=("Neue Straße 2",)), ropa.controllers[1])
        ),
    ],
    ids=["another label", "another order", "another address"],
)
def test_a_version_with_the_same_controllers_is_not_announced(adopt: Any, ropa: Ropa, alter: Any) -> None:
    adopt(ropa)

    assert changes_of(adopt(alter(ropa))) == []


def test_a_change_that_is_taken_back_is_a_change_too(adopt: Any, ropa: Ropa) -> None:
    for document in (ropa, renamed(ropa), ropa):
        record = adopt(document)

    assert [event.number for event in changes_of(record)] == [2, 3]


def test_an_announcement_says_when_where_and_what(changed: RecordOfProcessing) -> None:
    announce(changed, channels=(WEBSITE, EMAIL, WEBSITE), summary=" Callcentre Sachsen GmbH has joined. ")

    (made,) = changed.collect_events()
    assert isinstance(made, ControllersAnnounced)
    assert (made.number, made.announced_on, made.channels, made.summary, made.actor) == (
        2, date(2026, 3, 5), (WEBSITE, EMAIL), "Callcentre Sachsen GmbH has joined.", "ann",
    )  # fmt: skip
    told = changed.announcement(2)
    assert (told.is_open, told.announced_on, told.recorded_by) == (False, date(2026, 3, 5), "ann")
    assert told.added == ("callcentre-sachsen",)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_a_change_can_be_announced(changed: RecordOfProcessing, number: int) -> None:
    with pytest.raises(AnnouncementUnknown):
        announce(changed, number=number)
    assert changed.collect_events() == []


def test_a_change_is_announced_once(changed: RecordOfProcessing) -> None:
    announce(changed)
    with pytest.raises(AnnouncementMade):
        announce(changed)


@pytest.mark.parametrize("facts", [{"channels": ()}, {"summary": ""}, {"summary": " \n"}])
def test_an_announcement_names_a_channel_and_says_something(changed: RecordOfProcessing, facts: Any) -> None:
    with pytest.raises(AnnouncementIncomplete):
        announce(changed, **facts)
    assert changed.announcement(2).is_open


@pytest.mark.parametrize(
    ("announced_on", "at", "fits"),
    [
        (date(2026, 3, 4), NOW, False),
        (date(2026, 3, 5), NOW, True),
        (date(2026, 3, 6), NOW, False),
        (date(2026, 3, 6), datetime(2026, 3, 5, 23, 30, tzinfo=UTC), True),  # half past midnight in Berlin
        (date(2026, 4, 1), datetime(2026, 5, 1, tzinfo=UTC), True),
    ],
)
def test_a_change_is_announced_between_its_adoption_and_today(
    changed: RecordOfProcessing, announced_on: date, at: datetime, fits: bool
) -> None:
    if fits:
        announce(changed, announced_on=announced_on, at=at)
        return
    with pytest.raises(AnnouncementDateInvalid):
        announce(changed, announced_on=announced_on, at=at)


def test_the_events_are_plain_json_that_gives_the_same_record_back(adopt: Any, ropa: Ropa, saxon: Controller) -> None:
    adopt(ropa)
    record = adopt(replace(ropa, controllers=(*ropa.controllers, saxon)))
    announce(record)
    again: RecordOfProcessing | None = None
    for event in record.collect_events():
        assert isinstance(event, Event)
        again = msgspec.json.decode(msgspec.json.encode(vars(event)), type=type(event)).mutate(again)

    assert again == record
    assert again.announcements == record.announcements


LISTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["Old GmbH", "New GmbH"]))


@given(before=LISTS, after=LISTS)
def test_a_change_tells_exactly_what_is_needed_to_get_from_one_list_to_the_other(
    before: dict[str, str], after: dict[str, str]
) -> None:
    def controllers(names: dict[str, str]) -> list[Controller]:
        return [
            Controller(
                id=id_, name=name, country="DE", zone="Europe/Berlin", regime="eu-gdpr", authority="de-berlin",
                address=("Weg 1",), languages=("de",), child_age=16,
            )
            for id_, name in names.items()
        ]  # fmt: skip

    change = ControllerChange.between(controllers(before), controllers(after))

    assert bool(change) == (before != after)
    kept = {id_: name for id_, name in before.items() if id_ not in change.removed}
    told = {id_: after[id_] for id_ in (*change.added, *change.renamed)}
    assert kept | told == after
    assert not set(change.added) & set(before)
    assert all(before[id_] != after[id_] for id_ in change.renamed)
