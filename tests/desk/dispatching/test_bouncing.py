"""Letters that came back are shown with the letter and in the case, whoever sends the report."""

from uuid import UUID

import pytest

from dsr.desk.dispatching import Address
from dsr.desk.errors import LetterUnknown
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.returned_letters import LetterReturnedBefore
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.values import Channel, Outcome
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from dsr.mailbox.bounce import Bounce
from dsr.mailbox.limits import DEFAULT_LIMITS
from dsr.mailbox.own_servers import NO_SERVERS
from dsr.mailbox.taking_apart import take_apart
from dsr.projections.dispatches import dispatch_list
from dsr.projections.queue import QueueFilter, queue
from dsr.vault import IndexPurpose
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

GONE = "5.1.1"


def acknowledged(office: Office, letters: Letters) -> tuple[UUID, UUID, str]:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    letters.drain()
    return request_id, dispatch_id, letters.show(dispatch_id)["message_id"].strip("<>")


def test_a_letter_that_came_back_is_shown_with_its_status(office: Office, letters: Letters) -> None:
    # given
    request_id, dispatch_id, message_id = acknowledged(office, letters)
    # when
    found = letters.desk.record_bounce(Bounce(("other@x", message_id), GONE, permanent=True), letters.robot)
    # then
    assert found == dispatch_id
    row = letters.show(dispatch_id)
    assert (row["state"], row["bounce_status"]) == ("bounced", GONE)
    assert letters.names(request_id)[-1] == "dsr.request.letter-returned"
    with office.service.database.reading() as connection:
        page = dispatch_list(connection, state=letters.load(dispatch_id).state)
    assert [each["dispatch_id"] for each in page.rows] == [dispatch_id]
    assert office.differences() == []


def test_the_same_report_again_changes_nothing(office: Office, letters: Letters) -> None:
    _, _, message_id = acknowledged(office, letters)
    for _ in range(2):
        letters.desk.record_bounce(Bounce((message_id,), GONE, permanent=True), letters.robot)
    assert office.names().count("dispatch.bounced") == 1


def test_a_letter_is_late_once_and_may_still_come_back(office: Office, letters: Letters) -> None:
    _, dispatch_id, message_id = acknowledged(office, letters)
    for status in ("4.4.1", "4.4.1", "4.4.7"):
        letters.desk.record_bounce(Bounce((message_id,), status, permanent=False), letters.robot)
    assert office.names().count("dispatch.bounced") == 1
    letters.desk.record_bounce(Bounce((message_id,), GONE, permanent=True), letters.robot)
    assert letters.show(dispatch_id)["state"] == "bounced"


@pytest.mark.parametrize(
    ("recipients", "state"),
    [
        (("somebody@elsewhere.example",), "sent"),
        (("somebody@elsewhere.example", "ada@example.org"), "bounced"),
        ((), "bounced"),
    ],
)
def test_a_report_about_somebody_to_whom_the_letter_was_passed_on_blocks_nobody(
    office: Office, letters: Letters, recipients: tuple[str, ...], state: str
) -> None:
    _, dispatch_id, message_id = acknowledged(office, letters)
    bounce = Bounce((message_id,), GONE, permanent=True, recipients=recipients)
    assert letters.desk.record_bounce(bounce, letters.robot) == dispatch_id
    assert letters.show(dispatch_id)["state"] == state
    found = office.desk.repository.index.find(IndexPurpose.BOUNCED_EMAIL, "ada@example.org")
    assert bool(found) == (state == "bounced")


def test_a_letter_that_is_late_is_not_lost(office: Office, letters: Letters) -> None:
    request_id, dispatch_id, message_id = acknowledged(office, letters)
    letters.desk.record_bounce(Bounce((message_id,), "4.4.7", permanent=False), letters.robot)
    row = letters.show(dispatch_id)
    assert (row["state"], row["bounce_status"]) == ("sent", "4.4.7")
    assert "dsr.request.letter-returned" not in letters.names(request_id)
    assert office.desk.repository.index.find(IndexPurpose.BOUNCED_EMAIL, "ada@example.org") == []


def test_a_report_about_none_of_our_letters_changes_nothing(office: Office, letters: Letters) -> None:
    acknowledged(office, letters)
    before = office.everything()
    assert letters.desk.record_bounce(Bounce(("1@elsewhere.example",), GONE, permanent=True), letters.robot) is None
    assert office.everything() == before


def test_a_letter_that_came_back_may_be_written_again(office: Office, letters: Letters) -> None:
    request_id, dispatch_id, message_id = acknowledged(office, letters)
    letters.desk.record_bounce(Bounce((message_id,), GONE, permanent=True), letters.robot)
    assert letters.write(request_id, LetterKind.ACKNOWLEDGEMENT) != dispatch_id


def test_forgetting_the_case_forgets_the_address_that_gave_it_back(office: Office, letters: Letters) -> None:
    request_id, _, message_id = acknowledged(office, letters)
    letters.desk.record_bounce(Bounce((message_id,), GONE, permanent=True), letters.robot)
    index = office.desk.repository.index
    assert index.find(IndexPurpose.BOUNCED_EMAIL, "ADA@example.org") == [request_id]
    index.delete(request_id)
    assert index.find(IndexPurpose.BOUNCED_EMAIL, "ada@example.org") == []


@pytest.mark.parametrize("permanent", [True, False])
def test_a_report_as_a_mail_server_writes_it_finds_its_letter(
    office: Office, letters: Letters, permanent: bool
) -> None:
    _, dispatch_id, message_id = acknowledged(office, letters)
    action, status = ("failed", GONE) if permanent else ("delayed", "4.4.1")
    raw = (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: privacy@callcentre.example\r\nSubject: Undelivered\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; ada@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()
    bounce = take_apart(raw, own=NO_SERVERS, limits=DEFAULT_LIMITS).bounce
    assert bounce is not None
    assert letters.desk.record_bounce(bounce, letters.robot) == dispatch_id
    assert letters.show(dispatch_id)["state"] == ("bounced" if permanent else "sent")


# What the person was not told ---------------------------------------------------------------------------------------


def answered(office: Office, letters: Letters) -> tuple[UUID, UUID]:
    """A closed case whose answer left by mail, and that letter."""
    request_id = office.registered(Right.INFORMATION)
    office.desk.items.grant(request_id, "information", office.call(request_id))
    office.desk.information.send_copy(
        request_id,
        "information",
        office.call(request_id),
        kind=CopyKind.PRIVACY_NOTICE,
        of=None,
        redacted=False,
        summary="",
        sent_at=None,
        channel=Channel.EMAIL,
    )
    office.done(request_id, "information")
    dispatch_id = again(office, letters, request_id)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    return request_id, dispatch_id


def again(office: Office, letters: Letters, request_id: UUID) -> UUID:
    """The answer is written and sent; the letter."""
    said = {"information": FreeText("Our privacy notice is enclosed.")}
    dispatch_id = letters.write(request_id, LetterKind.INFORMATION, "information", statements=said)
    letters.release(dispatch_id)
    letters.drain()
    assert letters.show(dispatch_id)["state"] == "sent"
    return dispatch_id


def undelivered(office: Office) -> list[UUID]:
    with office.service.database.reading() as connection:
        return [row["request_id"] for row in queue(connection, QueueFilter(undelivered=True)).rows]


def test_a_closed_case_whose_answer_came_back_is_listed_until_another_attempt_is_on_record(
    office: Office, letters: Letters
) -> None:
    """It stayed closed as fulfilled, and nothing showed that the person had not been told."""
    # given
    request_id, dispatch_id = answered(office, letters)
    message_id = letters.show(dispatch_id)["message_id"].strip("<>")
    # when
    letters.desk.record_bounce(Bounce((message_id,), GONE, permanent=True), letters.robot)
    # then
    assert undelivered(office) == [request_id]
    view = office.view(request_id)
    assert (view["outcome"], view["undelivered"], view["late"]) == ("fulfilled", True, False)
    assert view["items"][0]["undelivered"]
    # when: long after the date, to another address
    office.clock.advance(days=60)
    said = {"information": FreeText("Our privacy notice is enclosed.")}
    other = letters.write(
        request_id,
        LetterKind.INFORMATION,
        "information",
        statements=said,
        address=Address(name="Ada", email="ada@new.example"),
    )
    letters.release(other)
    letters.drain()
    # then
    assert undelivered(office) == []
    assert (office.case(request_id).late, office.case(request_id).outcome) == (False, Outcome.FULFILLED)
    assert office.differences() == []


def test_an_envelope_that_came_back_is_recorded_by_hand_with_its_letter(office: Office, letters: Letters) -> None:
    # given
    request_id, dispatch_id = answered(office, letters)
    # when
    letters.desk.record_returned(
        request_id, office.call(request_id), version=None, dispatch_id=dispatch_id, account="Moved."
    )
    # then
    assert undelivered(office) == [request_id]
    assert (letters.show(dispatch_id)["state"], letters.show(dispatch_id)["bounce_status"]) == ("bounced", "")
    with pytest.raises(LetterReturnedBefore):
        letters.desk.record_returned(
            request_id, office.call(request_id), version=None, dispatch_id=dispatch_id, account=""
        )


def test_only_a_letter_that_left_comes_back(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    draft = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    for dispatch_id, version in ((draft, None), (None, 1)):
        call = office.call(request_id)
        with pytest.raises(LetterUnknown):
            letters.desk.record_returned(request_id, call, version=version, dispatch_id=dispatch_id, account="")
