"""A notice of an incident to many people: one letter each in their language, once, and no other letter waits for it
(docs/law §13; GDPR Art. 34).
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address
from dsr.desk.errors import MatterLetterIncomplete
from dsr.desk.matter_notices import NoticeRecipient
from dsr.desk.new_case import Person
from dsr.domain.matter import Matter, MatterSender
from dsr.domain.messages import MessageInDoubt, MessageRefused
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.mailbox.bounce import Bounce
from dsr.projections.matter_letters import matter_letters_of, notice_rows
from dsr.projections.matter_messages import matter_messages_of
from tests.catalogue.matters import TEXTS, incident, to_many
from tests.desk.office import Office
from tests.desk.test_matter_letters import Post, drain
from tests.proving import in_ci


@pytest.fixture
def post(office: Office) -> Post:
    """A mail server that does with each message what the test says."""
    made = Post()
    object.__setattr__(office.desk.dispatching, "transport", made)
    return made


def people(number: int) -> tuple[NoticeRecipient, ...]:
    return tuple(
        NoticeRecipient(address=Address(name=f"Ada {each}", email=f"ada{each}@example.org"), language="de")
        for each in range(number)
    )


def released(office: Office, *recipients: NoticeRecipient) -> UUID:
    matter_id = to_many(office, *recipients)
    office.desk.matter_notices.release(matter_id, Call(office.bob), notice_id=office.remembered["notice"])
    return matter_id


def progress(office: Office, matter_id: UUID) -> dict[str, Any]:
    """The numbers of its only notice that are not 0."""
    with office.service.database.reading() as connection:
        [row] = notice_rows(connection, matter_id)
    names = ("letters", "draft", "queued", "sent", "bounced", "failed", "discarded", "on_paper")
    return {name: row[name] for name in names if row[name]}


def test_each_person_gets_one_letter_in_their_language(office: Office, post: Post) -> None:
    # given
    request_id = office.registered(Right.ACCESS, person=Person(name="Grace", email="grace@example.org"))
    recipients = (
        NoticeRecipient(request_id=request_id, language="de"),
        NoticeRecipient(address=Address(email="ada@example.org"), language="en"),
        NoticeRecipient(address=Address(email="ADA@example.org"), language="en"),
        NoticeRecipient(address=Address(email="jules@example.org"), language="fr"),
        NoticeRecipient(address=Address(name="Kurt", postal=("Wien",)), language="de"),
    )
    # when
    matter_id = to_many(office, *recipients)
    with pytest.raises(FourEyes):
        office.desk.matter_notices.release(matter_id, Call(office.ann), notice_id=office.remembered["notice"])
    assert progress(office, matter_id) == {"letters": 4, "draft": 4, "on_paper": 1}
    office.desk.matter_notices.release(matter_id, Call(office.bob), notice_id=office.remembered["notice"])
    office.clock.advance(minutes=1)
    drain(office)
    # then
    assert progress(office, matter_id) == {"letters": 4, "queued": 1, "sent": 3, "on_paper": 1}
    said = {each.recipient: each for each in post.sent}
    assert {to: each.languages for to, each in said.items()} == {
        "grace@example.org": ("de", "en"),
        "ada@example.org": ("en",),
        "jules@example.org": ("en",),
    }
    german, _, english = said["grace@example.org"].text.partition("_" * 40)
    assert TEXTS["de"]["what_happened"] in german
    assert TEXTS["en"]["what_happened"] in english
    assert TEXTS["en"]["what_happened"] not in german
    assert office.differences() == []


def test_an_incident_of_many_people_holds_up_no_other_letter_and_doubles_none(office: Office, post: Post) -> None:
    # given
    number = in_ci(30, proving=1_000)
    matter_id = released(office, *people(number))
    # when: a letter of a case is released just after it
    request_id = office.registered(Right.ACCESS)
    office.desk.dispatching.prepare(request_id, office.call(request_id), kind=LetterKind.ACKNOWLEDGEMENT)
    drain(office)
    before = len(post.sent)
    for _ in range(number):
        office.clock.advance(seconds=1)
        drain(office)
    # then
    assert before <= 2
    assert progress(office, matter_id) == {"letters": number, "sent": number}
    to = [
        each.recipient for each in post.sent if each.recipient.startswith("ada") and each.recipient != "ada@example.org"
    ]
    assert sorted(to) == sorted(f"ada{each}@example.org" for each in range(number))
    assert drain(office).sent == 0


def test_what_failed_or_came_back_is_counted_and_the_others_leave(office: Office, post: Post) -> None:
    # given
    post.outcomes = [MessageRefused(), MessageInDoubt()]
    matter_id = released(office, *people(4))
    office.clock.advance(minutes=1)
    # when
    drain(office)
    assert progress(office, matter_id) == {"letters": 4, "queued": 1, "sent": 2, "failed": 1}
    office.clock.advance(days=1)
    drain(office)
    with office.service.database.reading() as connection:
        *_, last = matter_letters_of(connection, matter_id)
        sent = [row for row in matter_letters_of(connection, matter_id) if row["state"] == "sent"]
    assert last["notice_id"] == office.remembered["notice"]
    office.desk.dispatching.record_bounce(
        Bounce((sent[0]["message_id"].strip("<>"),), "5.1.1", permanent=True), Call(office.ann)
    )
    # then
    assert progress(office, matter_id) == {"letters": 4, "sent": 2, "bounced": 1, "failed": 1}
    assert office.differences() == []


def test_the_same_command_again_writes_no_second_notice(office: Office) -> None:
    matter_id = incident(office)
    call = Call(office.ann, idempotency=office.key("notice"))
    first, again = (
        office.desk.matter_notices.prepare(matter_id, call, texts=TEXTS, recipients=people(2)) for _ in range(2)
    )
    assert first.resource_id == again.resource_id
    assert progress(office, matter_id) == {"letters": 2, "draft": 2}


def test_a_reply_to_a_notice_joins_the_incident(office: Office, post: Post) -> None:
    matter_id = released(office, *people(3))
    office.clock.advance(minutes=1)
    drain(office)
    for each in post.sent[::2]:
        office.receive(office.mail("What now?", sender=each.recipient, In_Reply_To=each.message_id))
    with office.service.database.reading() as connection:
        rows = matter_messages_of(connection, matter_id)
    assert [row["sender"] for row in rows] == [MatterSender.KNOWN] * 2


def test_texts_that_lack_something_are_not_sent(office: Office) -> None:
    with pytest.raises(MatterLetterIncomplete) as refused:
        to_many(office, texts={"en": TEXTS["en"] | {"measures": " "}})
    assert refused.value.facts == {"language": "en", "missing": ["measures"]}
    assert [each.letters for each in [office.find(Matter, incident(office))]] == [{}]


def test_a_notice_may_leave_later(office: Office, post: Post) -> None:
    matter_id = to_many(office)
    tomorrow = office.clock.now() + timedelta(days=1)
    notice_id = office.remembered["notice"]
    office.desk.matter_notices.release(matter_id, Call(office.bob), notice_id=notice_id, not_before=tomorrow)
    drain(office)
    assert post.sent == []
    office.clock.advance(days=1)
    assert drain(office).sent == 1
