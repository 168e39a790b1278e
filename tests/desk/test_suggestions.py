"""The reader follows intake, and what it suggests holds until a person decides (docs/law §9)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.desk import Desk
from dsr.domain.reader import Passage, ReaderUnavailable, Reading, ToRead
from dsr.domain.request.errors import MessageUnknown
from dsr.domain.request.message import LikelyKind, LikelyRight, MessageKind
from dsr.domain.request.suggestion import MessageReadBefore
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.policies.runner import BACKOFF
from dsr.projections.judged_suggestions import OfLanguage, Verdicts, judged
from dsr.projections.messages import suggesting
from dsr.worker import Worker
from tests.desk.office import Office


@dataclass
class Reads:
    """A reader that says what a test wants."""

    likely: dict[Right, int] = field(default_factory=lambda: {Right.ERASURE: 90})
    model: str = "reader-1"
    fails: Callable[[], None] = lambda: None
    got: list[ToRead] = field(default_factory=list)

    def read(self, message: ToRead) -> Reading:
        self.fails()
        self.got.append(message)
        rights = tuple(LikelyRight(right, percent) for right, percent in self.likely.items())
        passages = tuple(Passage(right, 0, 5) for right in self.likely)
        kinds = (LikelyKind(MessageKind.DISPUTE, 60),) if message.in_thread else ()
        return Reading(self.model, 95, rights, passages, kinds)

    def close(self) -> None:
        """It holds nothing."""


@pytest.fixture
def reads(office: Office) -> Reads:
    reader = Reads()
    set_reader(office.desk, reader)
    return reader


def set_reader(desk: Desk, reader: Reads) -> None:
    desk.suggestions._reader = reader


def suggested(office: Office, request_id: UUID) -> tuple[Right, ...]:
    return office.case(request_id).suggested_rights


def parked(office: Office) -> list[str]:
    return [each.code for each in office.service.reading.positions.parked("suggest-rights")]


def test_a_letter_is_taken_in_first_and_read_afterwards(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    assert suggested(office, request_id) == (Right.ACCESS,), "by the rules, as it was taken in"
    office.service.reading.run()
    assert suggested(office, request_id) == (Right.ERASURE,), "by the reader"
    row = office.view(request_id)
    assert row["suggested_rights"] == ["erasure"]
    assert (row["suggestion"]["model"], row["suggestion"]["asks"]) == ("reader-1", 95)
    assert office.service.reading.run() == 0
    assert len(reads.got) == 1
    assert office.differences() == []


def test_a_message_in_a_thread_gets_what_it_may_be(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.reply(request_id, "You left out the calls.")
    office.service.reading.run()
    assert [each.text.strip() for each in reads.got] == ["You left out the calls."], "not what was registered by then"
    (_, reply) = office.desk.messages.of_case(request_id, office.ann)
    assert reply["suggestion"]["kinds"] == [{"kind": "dispute", "percent": 60}]
    assert reply["suggested_rights"] == ["erasure"]


def test_the_passages_are_opened_as_the_text_is(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.service.reading.run()
    version = office.view(request_id)["suggestion"]["version"]
    opened = office.desk.disclosures.open(
        request_id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE, versions=(version,)
    ).opened
    assert [each.fields for each in opened] == [{"passages": [{"right": "erasure", "start": 0, "end": 5}]}]


def test_the_newest_reading_decides_what_is_held(office: Office, reads: Reads) -> None:
    """A message that suggests access holds data from its arrival until somebody examines it."""
    request_id = office.case_by_mail()
    assert held(office, request_id)
    office.service.reading.run()
    assert not held(office, request_id)
    reads.model, reads.likely = "reader-2", {Right.PORTABILITY: 60}
    office.desk.suggestions.suggest(request_id, office.call(request_id))
    assert held(office, request_id)


def held(office: Office, request_id: UUID) -> bool:
    with office.service.database.reading() as connection:
        return bool(
            suggesting(connection, [request_id], Right.ACCESS, Right.PORTABILITY, controller_id="callcentre-de")
        )


def test_a_person_has_a_message_read_again_by_another_version(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.service.reading.run()
    with pytest.raises(MessageReadBefore):
        office.desk.suggestions.suggest(request_id, office.call(request_id))
    reads.model, reads.likely = "reader-2", {Right.ACCESS: 70, Right.OBJECTION: 60}
    office.desk.suggestions.suggest(request_id, office.call(request_id))
    assert suggested(office, request_id) == (Right.ACCESS, Right.OBJECTION)


def test_what_was_examined_is_read_again_only_by_its_id(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    with pytest.raises(MessageUnknown):
        office.desk.suggestions.suggest(request_id, office.call(request_id))
    first = [*office.case(request_id).messages]
    office.desk.suggestions.suggest(request_id, office.call(request_id), message_ids=tuple(first))
    assert suggested(office, request_id) == (Right.ERASURE,)
    assert office.case(request_id).rights == {Right.ACCESS}, "a suggestion changes nothing that was registered"


def test_a_reader_that_fails_holds_up_nothing_and_is_shown(office: Office, reads: Reads) -> None:
    # given
    def fail() -> None:
        raise ReaderUnavailable(reason="too-slow")

    reads.fails = fail
    request_id = office.case_by_mail()
    office.registered(Right.ACCESS)
    # when
    Worker(office.service).round()
    # then
    assert suggested(office, request_id) == (Right.ACCESS,), "as it was taken in"
    assert len(list(office.outgoing())) == 1, "the acknowledgement of the other case left"
    assert parked(office) == ["reader-unavailable"]
    assert [each.name for each in office.service.policy_states() if each.parked] == ["suggest-rights"]
    # and when
    reads.fails = lambda: None
    office.clock.advance(seconds=BACKOFF[0].total_seconds() + 1)
    Worker(office.service).round()
    # then
    assert (suggested(office, request_id), parked(office)) == ((Right.ERASURE,), [])


def test_a_reader_gets_a_bounded_text(office: Office, reads: Reads) -> None:
    office.case_by_mail(office.mail("Delete my data. " * 10_000))
    office.service.reading.run()
    assert len(reads.got[0].text) == 60_000


def test_of_somebody_who_was_forgotten_nothing_is_read(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.service.keystore.destroy(office.case(request_id).keys.values())
    office.service.reading.run()
    assert (reads.got, parked(office)) == ([], [])


def by_language(office: Office, **filters: Any) -> dict[str, OfLanguage]:
    with office.service.database.reading() as connection:
        return judged(connection, at=filters.pop("at", office.clock.now()), scope=None, **filters)


def test_what_was_suggested_is_counted_against_what_a_person_found(office: Office, reads: Reads) -> None:
    # given: erasure and objection suggested, erasure and access registered
    reads.likely = {Right.ERASURE: 90, Right.OBJECTION: 60, Right.ACCESS: 40}
    request_id = office.case_by_mail()
    office.service.reading.run()
    before = office.clock.now()
    office.clock.advance(hours=1)
    # when
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ERASURE, Right.ACCESS))
    # then
    verdicts = {"erasure": Verdicts(right=1), "objection": Verdicts(wrong=1), "access": Verdicts(missed=1)}
    assert by_language(office) == {"en": OfLanguage(messages=1, exact=0, by_right=verdicts)}
    assert by_language(office, at=before) == {}, "as of a past time"
    assert by_language(office, received_from=date(2027, 1, 1)) == {}
    # and when another version reads it, and another right is added
    reads.model, reads.likely = "reader-2", {Right.ACCESS: 90}
    first = tuple(office.case(request_id).messages)
    office.desk.suggestions.suggest(request_id, office.call(request_id), message_ids=first)
    # then
    assert by_language(office)["en"].by_right == verdicts
    assert office.differences() == []


@pytest.mark.parametrize(("kind", "verdict"), [("dispute", Verdicts(right=1)), ("reminder", Verdicts(wrong=1))])
def test_what_a_message_may_be_is_counted_against_its_examination(
    office: Office, reads: Reads, kind: str, verdict: Verdicts
) -> None:
    reads.likely = {}
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    message_id = office.reply(request_id, "You left out the calls.")
    office.service.reading.run()
    office.desk.messages.examine(
        request_id, office.call(request_id), message_ids=(message_id,), kind=MessageKind(kind), reason="She disagrees."
    )
    (found,) = by_language(office).values()
    assert (found.messages, found.exact, found.by_right) == (1, 1, {}), "no right was suggested, and none was asked"
    assert found.by_kind == {kind: verdict}


def test_a_message_that_was_examined_before_it_was_read_counts_for_nothing(office: Office, reads: Reads) -> None:
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    first = tuple(office.case(request_id).messages)
    office.desk.suggestions.suggest(request_id, office.call(request_id), message_ids=first)
    assert by_language(office) == {}
