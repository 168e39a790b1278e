"""What becomes of a message (GDPR Art. 12(2), (3); docs/law §2 on arrival, §3 on follow-ups)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown
from dsr.vault import IndexPurpose
from tests.desk.office import Office, request_id_of

BERLIN = timezone(timedelta(hours=1))


# A case --------------------------------------------------------------------------------------------------------


def test_a_letter_makes_a_case_of_the_controller_of_the_mailbox(office: Office) -> None:
    # when
    outcome = office.receive(office.mail(to="privacy@de.callcentre.example"))
    # then
    assert outcome.outcome == "received"
    assert (outcome.language, outcome.suggested_rights, outcome.error) == ("en", (Right.ACCESS,), None)
    case = office.case(outcome.request_id)
    assert (case.controller_id, case.reference) == ("callcentre-de", outcome.reference)
    assert office.view(outcome.request_id)["suggested_rights"] == ["access"]
    assert office.desk.repository.index.find(IndexPurpose.EMAIL, "ADA@example.org") == [outcome.request_id]
    assert office.differences() == []


def test_the_original_comes_back_byte_for_byte(office: Office) -> None:
    raw = office.mail("Grüße, \u2603 – and access under Art. 15 please")
    request_id = office.case_by_mail(raw)
    opened = office.desk.disclosures.original(
        request_id, office.call(request_id), purpose=DisclosurePurpose.TRIAGE, version=1
    )
    assert (opened.media_type, opened.size, b"".join(opened.chunks)) == ("message/rfc822", len(raw), raw)


def test_a_named_controller_overrides_the_mailbox(office: Office) -> None:
    outcome = office.receive(office.mail(to="someone@else.example"), controller_id="callcentre-fr")
    assert office.case(outcome.request_id).controller_id == "callcentre-fr"


def test_a_controller_that_the_record_does_not_name_is_refused(office: Office) -> None:
    with pytest.raises(ControllerUnknown):
        office.receive(controller_id="nobody")


# The same again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message_id", ["<1@example.org>", None])
def test_the_same_message_again_makes_nothing_new(office: Office, message_id: str | None) -> None:
    # given
    raw = office.mail(message_id=message_id)
    first = office.receive(raw)
    before, blobs = office.everything(), office.blobs()
    # when
    office.clock.advance(days=1)
    second = office.receive(raw)
    # then
    assert (second.outcome, second.request_id, second.reference) == ("duplicate", first.request_id, first.reference)
    assert (office.everything(), office.blobs()) == (before, blobs)


def test_one_letter_to_two_of_our_mailboxes_is_one_case(office: Office) -> None:
    raw = office.mail()
    first = office.receive(b"Received: by mx.callcentre.example; Mon, 2 Feb 2026 08:00:00 +0000\r\n" + raw)
    second = office.receive(b"Delivered-To: privacy@fr.callcentre.example\r\n" + raw)
    assert (second.outcome, second.request_id) == ("duplicate", first.request_id)


def test_the_same_message_from_eight_threads_at_once_makes_one_case(office: Office) -> None:
    raw = office.mail()
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: office.receive(raw), range(8)))
    assert sorted(each.outcome for each in outcomes) == ["duplicate"] * 7 + ["received"]
    assert len({each.request_id for each in outcomes}) == 1
    assert office.names().count("request.received") == 1
    assert len(office.blobs()) == 1
    assert office.differences() == []


def test_a_known_message_id_with_other_content_is_looked_at_by_a_person(office: Office) -> None:
    # given
    first = office.receive(office.mail(message_id="<1@example.org>"))
    # when
    altered = office.mail("Please erase everything you hold on me, Art. 17 GDPR.", message_id="<1@example.org>")
    second, third = office.receive(altered), office.receive(altered)
    # then
    assert (second.outcome, third.outcome) == ("received", "duplicate")
    assert third.request_id == second.request_id != first.request_id
    row = office.view(second.request_id)
    assert (UUID(row["linked_to"]), row["link_reason"]) == (first.request_id, "altered-message")


# Threads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", ["In-Reply-To", "References", "subject"])
def test_a_reminder_joins_the_case_of_its_thread(office: Office, hint: str) -> None:
    # given
    first = office.receive(office.mail(message_id="<first@example.org>"))
    request_id, reference = request_id_of(first), str(first.reference)
    office.clock.advance(days=20)
    # when
    headers: dict[str, Any] = {
        "In-Reply-To": {"In_Reply_To": "<first@example.org>"},
        "References": {"References": "<other@example.org> <first@example.org>"},
        "subject": {"subject": f"Re: {reference.lower()}"},
    }[hint]
    reminder = office.mail("I have not received an answer so far. Please answer within two weeks.", **headers)
    second = office.receive(reminder)
    # then
    assert (second.outcome, second.request_id, second.reference) == ("follow-up", request_id, reference)
    assert office.names()[-1] == "request.follow-up-received"
    assert office.view(request_id)["received_on"] == "2026-03-05"
    assert office.receive(reminder).outcome == "duplicate"
    version = office.case(request_id).version
    opened = office.desk.disclosures.original(
        request_id, office.call(request_id), purpose=DisclosurePurpose.TRIAGE, version=version
    )
    assert b"".join(opened.chunks) == reminder


def test_a_reply_to_a_follow_up_joins_the_same_case(office: Office) -> None:
    first = office.receive(office.mail(message_id="<1@example.org>"))
    office.receive(office.mail("Any news?", message_id="<2@example.org>", In_Reply_To="<1@example.org>"))
    third = office.receive(office.mail("Any news now?", In_Reply_To="<2@example.org>"))
    assert (third.outcome, third.request_id) == ("follow-up", first.request_id)


def test_a_message_from_another_address_never_writes_into_the_file_of_somebody_else(office: Office) -> None:
    # given
    first = office.receive(office.mail(message_id="<1@example.org>"))
    # when
    second = office.receive(
        office.mail(
            "Please send the copy to this address.",
            sender="Mallory <mallory@example.net>",
            In_Reply_To="<1@example.org>",
            subject=f"Re: {first.reference}",
        )
    )
    # then
    assert second.outcome == "received"
    row = office.view(second.request_id)
    assert (UUID(row["linked_to"]), row["link_reason"]) == (first.request_id, "other-address")
    assert office.case(first.request_id).version == 1


def test_a_reminder_whose_words_suggest_another_right_opens_no_case(office: Office) -> None:
    """ "Po doručení této námitky …": a reminder became a new case with a new month."""
    # given
    first = office.receive(office.mail(message_id="<1@example.org>"))
    office.clock.advance(days=10)
    # when
    second = office.receive(
        office.mail("Please also erase all my data under Article 17 GDPR.", In_Reply_To="<1@example.org>")
    )
    # then
    assert (second.outcome, second.request_id) == ("follow-up", first.request_id)
    (waiting,) = office.case(first.request_id).messages_waiting
    assert waiting.suggested_rights == (Right.ERASURE,)
    assert office.view(first.request_id)["received_on"] == "2026-03-05"


def test_a_follow_up_meets_a_command_on_the_same_case_without_losing_either(office: Office) -> None:
    first = office.receive(office.mail(message_id="<1@example.org>"))

    def remind(number: int) -> str:
        mail = office.mail(f"Reminder {number}", message_id=f"<r{number}@example.org>", In_Reply_To="<1@example.org>")
        return str(office.receive(mail).outcome)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(remind, range(4))) == {"follow-up"}
    assert office.case(first.request_id).version == 5
    assert office.differences() == []


# Arrival -------------------------------------------------------------------------------------------------------

STAMPED = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
STATED = datetime(2026, 3, 3, 10, tzinfo=UTC)


def test_the_stamp_of_our_own_mail_server_is_the_arrival(office: Office) -> None:
    outcome = office.receive(office.mail(stamped=STAMPED), stated_arrival=STATED)
    row = office.view(outcome.request_id)
    assert datetime.fromisoformat(row["received_at"]) == STAMPED
    assert row["received_on"] == "2026-03-02", "it was half past midnight in Berlin"


def test_a_stated_arrival_counts_where_our_server_stamped_nothing(office: Office) -> None:
    outcome = office.receive(office.mail(stamped=STAMPED, by="mx.elsewhere.example"), stated_arrival=STATED)
    assert datetime.fromisoformat(office.view(outcome.request_id)["received_at"]) == STATED


def test_the_date_header_is_a_claim_and_moves_no_date(office: Office) -> None:
    # when
    outcome = office.receive(office.mail(by="mx.elsewhere.example", Date="Mon, 05 Jan 2026 10:00:00 +0000"))
    # then
    assert datetime.fromisoformat(office.view(outcome.request_id)["received_at"]) == office.clock.now()
    [event] = [each.event for each in office.service.log.read() if each.stream_id == outcome.request_id]
    assert isinstance(event, RequestReceived)
    assert event.claimed_at == datetime(2026, 1, 5, 10, tzinfo=UTC)


# What makes no case --------------------------------------------------------------------------------------------


def quarantined(office: Office, outcome: Any) -> dict[str, Any]:
    from dsr.projections.quarantine import quarantined_message

    with office.service.database.reading() as connection:
        row = quarantined_message(connection, outcome.quarantine_id)
    assert row is not None
    return row


def test_a_message_from_the_future_is_set_aside(office: Office) -> None:
    outcome = office.receive(office.mail(stamped=office.later(hours=1)))
    assert (outcome.outcome, outcome.error) == ("quarantined", "receipt-in-future")
    assert quarantined(office, outcome)["received_at"] == office.clock.now()


def test_a_message_to_a_mailbox_that_nobody_has_is_set_aside_with_its_arrival(office: Office) -> None:
    outcome = office.receive(office.mail(to="info@elsewhere.example", stamped=STAMPED), stated_arrival=STATED)
    assert (outcome.outcome, outcome.error) == ("quarantined", "mailbox-unknown")
    assert quarantined(office, outcome)["received_at"] == STAMPED


def test_an_unreadable_message_keeps_the_stamp_of_our_own_server(office: Office) -> None:
    raw = office.mail(sender="a@example.org, b@example.org", stamped=STAMPED)
    outcome = office.receive(raw)
    assert (outcome.outcome, outcome.error) == ("quarantined", "sender-missing-or-ambiguous")
    assert quarantined(office, outcome)["received_at"] == STAMPED


@pytest.mark.parametrize("raw", [b"\x00\xff\xfe no header at all", b" ", b"Received: by mx.callcentre.example; ;\n\n"])
def test_garbage_is_set_aside_with_the_stated_arrival(office: Office, raw: bytes) -> None:
    # when
    outcome = office.receive(raw, stated_arrival=STATED)
    # then
    row = quarantined(office, outcome)
    assert (outcome.outcome, row["status"], row["received_at"]) == ("quarantined", "waiting", STATED)
    assert (row["error"], row["size"]) == (outcome.error, len(raw))
    again = office.receive(raw)
    assert (again.outcome, again.quarantine_id, again.request_id) == ("duplicate", outcome.quarantine_id, None)
    assert office.names().count("quarantine.message-quarantined") == 1


@pytest.mark.parametrize("year", [1, 1999, 2019])
def test_an_arrival_before_every_known_holiday_is_set_aside_and_never_stops_the_rest(office: Office, year: int) -> None:
    outcome = office.receive(office.mail(by="elsewhere"), stated_arrival=datetime(year, 1, 1, tzinfo=UTC))
    assert (outcome.outcome, outcome.error) == ("quarantined", "calendar-exhausted")


def test_garbage_from_eight_threads_at_once_is_set_aside_once(office: Office) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: office.receive(b"garbage"), range(8)))
    assert sorted(each.outcome for each in outcomes) == ["duplicate"] * 7 + ["quarantined"]
    assert len({each.quarantine_id for each in outcomes}) == 1
    assert len(office.blobs()) == 1


def test_a_letter_whose_thread_was_forgotten_is_set_aside(office: Office) -> None:
    first = office.receive(office.mail(message_id="<1@example.org>"))
    office.service.keystore.destroy(office.case(first.request_id).keys.values())
    outcome = office.receive(office.mail("Any news?", In_Reply_To="<1@example.org>"))
    assert (outcome.outcome, outcome.error) == ("quarantined", "key-destroyed")


# Scope ---------------------------------------------------------------------------------------------------------


def test_intake_of_one_controller_takes_no_mail_of_another(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.receive(office.mail(to="privacy@de.callcentre.example"), who=office.member("eve", "callcentre-fr"))
    assert "request.received" not in office.names()


def test_mail_tells_nobody_of_a_case_outside_their_scope(office: Office) -> None:
    # given
    first = office.receive(office.mail(message_id="<1@example.org>"))
    eve = office.member("eve", "callcentre-fr")
    # when
    answers = [
        office.receive(
            office.mail("Any news?", to="privacy@fr.callcentre.example", In_Reply_To="<1@example.org>"), who=eve
        ),
        office.receive(
            office.mail(to="privacy@fr.callcentre.example", message_id="<1@example.org>", sender="x@example.net"),
            who=eve,
        ),
    ]
    # then
    assert [(each.outcome, each.request_id == first.request_id) for each in answers] == [
        ("follow-up", False),
        ("received", False),
    ]
    assert answers[0].reference is None


def test_an_idempotency_key_is_no_matter_for_mail(office: Office) -> None:
    call = Call(office.ann, idempotency=office.key())
    one = office.desk.mail.receive_message(office.mail(), call)
    two = office.desk.mail.receive_message(office.mail(), call)
    assert {one.outcome, two.outcome} == {"received"}
    assert one.request_id != two.request_id


def test_a_japanese_mail_is_recognised_as_such(office: Office) -> None:
    outcome = office.receive(
        office.mail("私の個人データの開示を請求します。通話の録音も含めて、写しを送ってください。")
    )
    assert outcome.language == "ja"
    assert outcome.suggested_rights == (), "a person reads what it asks"
