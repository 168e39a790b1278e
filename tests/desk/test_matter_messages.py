"""A reply to a letter of a matter finds its matter, and never opens a request (docs/law §13)."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import Matter, MatterKind, MatterLetterKind, MatterSender
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.mailbox.inbox import MaildirInbox
from dsr.projections.matter_letters import matter_letters_of
from dsr.projections.matter_messages import matter_messages_of
from dsr.projections.matters import matter_list
from dsr.projections.quarantine import quarantined_messages
from tests.catalogue.matters import ADDRESS, drafted, replied, written
from tests.desk.office import Office, member

OFFICER = "mailbox@datenschutz-berlin.de"


@pytest.fixture
def arrive(office: Office, tmp_path: Path) -> Any:
    """Puts a mail into a real inbox, and reads it: what became of it."""
    inbox = MaildirInbox(tmp_path / "box", max_bytes=200_000, max_head_bytes=10_000)
    new = tmp_path / "box" / "new"
    new.mkdir(parents=True)

    def arrived(raw: bytes) -> Any:
        outcomes: list[Any] = []
        (new / f"{len(list(tmp_path.rglob('*')))}.host").write_bytes(raw)
        office.desk.inbox.read(inbox, told=lambda _, outcome: outcomes.append(outcome))
        [outcome] = outcomes
        return outcome

    return arrived


def sent(office: Office, **facts: Any) -> UUID:
    """A complaint whose acknowledgement left by mail."""
    matter_id = drafted(office, **facts)
    office.desk.matter_letters.release(matter_id, Call(office.bob), letter_id=office.remembered["letter"])
    office.desk.dispatching.drain(office.clock.now(), 10)
    return matter_id


def message_id(office: Office, matter_id: UUID) -> str:
    """The Message-ID of its letter."""
    letter_id: UUID = office.remembered["letter"]
    return office.find(Matter, matter_id).letters[letter_id].message_id


def messages(office: Office, matter_id: UUID) -> list[dict[str, Any]]:
    with office.service.database.reading() as connection:
        return list(matter_messages_of(connection, matter_id))


def waiting(office: Office) -> list[UUID]:
    """The matters on which a message waits for a person."""
    with office.service.database.reading() as connection:
        page = matter_list(connection, at=office.clock.now(), attention=True)
    return [row["matter_id"] for row in page.rows]


def test_a_reply_joins_its_matter_sealed_and_waits_for_a_person(office: Office, arrive: Any) -> None:
    # given
    matter_id = sent(office)
    # when: the words would open a request anywhere else
    outcome = arrive(office.mail("Please erase all my data.", In_Reply_To=message_id(office, matter_id)))
    # then
    assert (outcome.outcome, outcome.matter_id, outcome.request_id) == ("follow-up", matter_id, None)
    [row] = messages(office, matter_id)
    assert (row["sender"], row["automatic"], row["examined_at"]) == (MatterSender.KNOWN, False, None)
    assert row["suggested_rights"] == [Right.ERASURE]
    assert waiting(office) == [matter_id]
    assert "request.received" not in office.names()
    opening = office.desk.matters.open(matter_id, Call(office.ann), purpose=DisclosurePurpose.COMPLAINT)
    contents = [each.fields["content"] for each in opening.opened if each.name.endswith("message-received")]
    assert [each["text"].strip() for each in contents if isinstance(each, dict)] == ["Please erase all my data."]
    assert office.differences() == []


def test_a_reply_is_recognised_by_the_reference_in_its_subject(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    reference = office.find(Matter, matter_id).reference
    arrive(office.mail("And one thing more.", subject=f"AW: {reference.lower().replace('-', ' ')}"))
    assert [row["sender"] for row in messages(office, matter_id)] == [MatterSender.KNOWN]


def test_a_later_mail_in_the_thread_of_a_reply_joins_the_matter_too(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    arrive(office.mail(message_id="<one@example.org>", In_Reply_To=message_id(office, matter_id)))
    outcome = arrive(office.mail("Sorry, I forgot the attachment.", References="<one@example.org>"))
    assert outcome.matter_id == matter_id
    assert len(messages(office, matter_id)) == 2


def test_a_reply_from_another_address_or_a_refuted_one_says_so(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    thread = message_id(office, matter_id)
    arrive(office.mail(sender="eve@example.org", In_Reply_To=thread))
    arrive(office.refuted_mail(In_Reply_To=thread))
    assert [row["sender"] for row in messages(office, matter_id)] == [MatterSender.OTHER_ADDRESS, MatterSender.REFUTED]
    assert "request.received" not in office.names()


def test_an_authority_replies_from_any_of_its_addresses(office: Office, arrive: Any) -> None:
    # given
    matter_id = UUID(written(office, Call(office.ann), kind=MatterKind.INQUIRY).resource_id)
    said: dict[str, Any] = {"kind": MatterLetterKind.AUTHORITY_REPLY, "texts": {"reply": "Wir haben gelöscht."}}
    address = type(ADDRESS)(name="Berlin", email=OFFICER)
    letter = office.desk.matter_letters.prepare(
        matter_id, Call(office.ann), channel=Channel.EMAIL, address=address, **said
    )
    office.remembered["letter"] = UUID(letter.resource_id)
    office.desk.matter_letters.release(matter_id, Call(office.bob), letter_id=office.remembered["letter"])
    # when
    thread = message_id(office, matter_id)
    arrive(office.mail("Danke.", sender="frau.schmidt@datenschutz-berlin.de", In_Reply_To=thread))
    # then
    assert [row["sender"] for row in messages(office, matter_id)] == [MatterSender.KNOWN]
    # when: it writes about something else
    assert arrive(office.mail("Nehmen Sie Stellung.", sender=OFFICER)).error == "authority-sender"


def test_the_same_mail_again_is_known_and_filed_as_done(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    raw = office.mail("Thank you.", In_Reply_To=message_id(office, matter_id))
    assert [arrive(raw).outcome for _ in range(2)] == ["follow-up", "duplicate"]
    assert len(messages(office, matter_id)) == 1
    assert arrive(raw).quarantine_id is None


def test_another_text_under_a_known_message_id_is_a_message_of_its_own(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    for text in ("Thank you.", "I take that back."):
        arrive(office.mail(text, message_id="<one@example.org>", In_Reply_To=message_id(office, matter_id)))
    assert len(messages(office, matter_id)) == 2


def test_an_automatic_reply_is_filed_and_waits_for_nobody(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    thread: dict[str, Any] = {"In_Reply_To": message_id(office, matter_id), "Auto_Submitted": "auto-replied"}
    assert arrive(office.mail("I am away.", **thread)).outcome == "automatic"
    assert [row["automatic"] for row in messages(office, matter_id)] == [True]
    assert waiting(office) == []
    # when: nobody to whom the matter wrote
    assert arrive(office.mail("I am away.", sender="eve@example.org", **thread)).error == "automatic-message"


def test_a_report_that_the_letter_did_not_arrive_stands_at_the_letter(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    head = "From: MAILER-DAEMON@mx.example.org\r\nTo: privacy@callcentre.example\r\nSubject: Undelivered\r\n"
    raw = (
        f"{head}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id(office, matter_id)}\r\n\r\n--b--\r\n"
    ).encode()
    assert arrive(raw).outcome == "bounce"
    with office.service.database.reading() as connection:
        [letter] = matter_letters_of(connection, matter_id)
    assert (letter["state"], letter["return_status"]) == (DispatchState.BOUNCED, "5.1.1")
    assert messages(office, matter_id) == []


def test_a_reply_in_a_thread_of_both_joins_what_it_answers(office: Office, arrive: Any) -> None:
    request_id = office.case_by_mail(office.mail(message_id="<asked@example.org>"))
    matter_id = sent(office)
    thread = message_id(office, matter_id)
    newest = arrive(office.mail("To you both.", In_Reply_To=thread, References=f"<asked@example.org> {thread}"))
    older = arrive(office.mail("Where is it?", In_Reply_To="<asked@example.org>", References=thread))
    assert (newest.matter_id, older.request_id) == (matter_id, request_id)


def test_who_may_not_see_the_matter_hears_nothing_of_it(office: Office) -> None:
    matter_id = sent(office)
    raw = office.mail("Thank you.", In_Reply_To=message_id(office, matter_id))
    outcome = office.receive(raw, who=member("fay", "callcentre-fr"), controller_id="callcentre-fr")
    assert (outcome.outcome, outcome.matter_id, outcome.reference) == ("follow-up", None, None)
    assert len(messages(office, matter_id)) == 1


def test_nothing_joins_a_matter_whose_key_was_destroyed(office: Office, arrive: Any) -> None:
    matter_id = sent(office)
    raw = office.mail("Thank you.", In_Reply_To=message_id(office, matter_id))
    office.desk.repository.keystore.destroy(office.find(Matter, matter_id).keys.values())
    assert arrive(raw).error == "key-destroyed"
    with office.service.database.reading() as connection:
        assert len(quarantined_messages(connection).rows) == 1


def test_the_original_is_opened_on_record(office: Office) -> None:
    matter_id = replied(office)
    raw = office.desk.matter_messages.original(
        matter_id, Call(office.ann), message_id=office.remembered["reply"], purpose=DisclosurePurpose.COMPLAINT
    )
    assert b"Here is my file number: 42." in raw
    assert office.names()[-1] == "matter.parts-opened"
