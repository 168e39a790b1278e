"""Reports that a mail did not arrive: read where they are ones, and nothing else is taken for one (RFC 3464)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.mailbox.bounce import Bounce
from dsr.mailbox.limits import DEFAULT_LIMITS
from dsr.mailbox.own_servers import NO_SERVERS
from dsr.mailbox.taking_apart import take_apart

OURS = "7f0c@callcentre.example"

POSTFIX = f"""\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: privacy@callcentre.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
    boundary="B.1/mx.example.org"
Message-Id: <20260305@mx.example.org>

--B.1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B.1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Sender: rfc822; privacy@callcentre.example

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--B.1/mx.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: privacy@callcentre.example
To: ada@example.org
Message-ID: <{OURS}>
Subject: We have received your request

Dear Ada

--B.1/mx.example.org--
"""


TO = ("ada@example.org",)


def parse_bounce(raw: bytes) -> Bounce | None:
    return take_apart(raw, own=NO_SERVERS, limits=DEFAULT_LIMITS).bounce


def changed(old: str, new: str) -> bytes:
    assert old in POSTFIX
    return POSTFIX.replace(old, new).replace("\n", "\r\n").encode()


def test_a_report_names_the_mail_and_why_it_did_not_arrive() -> None:
    assert parse_bounce(changed("Dear", "Dear")) == Bounce((OURS,), "5.1.1", permanent=True, recipients=TO)


def test_a_report_names_whom_the_mail_was_sent_to_and_where_it_went_on_to() -> None:
    raw = changed("Final-Recipient:", "Original-Recipient: rfc822;Bea@B\u00fccher.example\nFinal-Recipient:")
    bounce = parse_bounce(raw)
    assert bounce is not None
    assert bounce.recipients == ("bea@xn--bcher-kva.example", "ada@example.org")


def test_headers_alone_name_the_mail_as_well() -> None:
    raw = changed("Content-Type: message/rfc822", "Content-Type: text/rfc822-headers")
    assert parse_bounce(raw) == Bounce((OURS,), "5.1.1", permanent=True, recipients=TO)


def test_a_report_without_the_mail_names_it_by_a_field_of_its_own() -> None:
    raw = changed(f"Message-ID: <{OURS}>\n", "").replace(
        b"Reporting-MTA", f"X-Original-Message-ID: <{OURS}>\r\nReporting-MTA".encode()
    )
    assert parse_bounce(raw) == Bounce((OURS,), "5.1.1", permanent=True, recipients=TO)


def test_a_delay_is_no_loss() -> None:
    raw = changed("Action: failed\nStatus: 5.1.1", "Action: delayed\nStatus: 4.4.7")
    assert parse_bounce(raw) == Bounce((OURS,), "4.4.7", permanent=False, recipients=TO)


def test_of_several_recipients_the_one_for_good_counts() -> None:
    both = "Action: delayed\nStatus: 4.4.7\n\nFinal-Recipient: rfc822; bea@example.org\nAction: failed\nStatus: 5.2.1"
    assert parse_bounce(changed("Action: failed\nStatus: 5.1.1", both)) == Bounce(
        (OURS,), "5.2.1", permanent=True, recipients=("bea@example.org",)
    )


@pytest.mark.parametrize(
    ("status", "read"), [("", "5.0.0"), ("Status: none", "5.0.0"), ("Status: 5.7.1 (no)", "5.7.1")]
)
def test_a_status_that_can_not_be_read_is_the_least_that_the_action_says(status: str, read: str) -> None:
    bounce = parse_bounce(changed("Status: 5.1.1", status or "X-Nothing: 1"))
    assert bounce == Bounce((OURS,), read, permanent=True, recipients=TO)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Action: failed", "Action: delivered"),
        ("Action: failed", "Action: relayed"),
        ("report-type=delivery-status", "report-type=disposition-notification"),
        ("multipart/report", "multipart/mixed"),
        (f"Message-ID: <{OURS}>\n", ""),
        ("Content-Type: message/delivery-status", "Content-Type: text/plain"),
    ],
    ids=["delivered", "relayed", "a receipt", "a mixed mail", "of nothing", "without a report"],
)
def test_nothing_else_is_taken_for_a_report_of_a_loss(old: str, new: str) -> None:
    assert parse_bounce(changed(old, new)) is None


def test_a_letter_that_quotes_a_report_is_a_letter() -> None:
    assert parse_bounce(b"From: ada@example.org\r\nSubject: Fwd\r\n\r\n" + changed("Dear", "Dear")) is None


@given(st.binary(max_size=2_000), st.integers(0, len(POSTFIX)), st.integers(0, 200))
def test_whatever_the_bytes_reading_them_never_fails(noise: bytes, place: int, cut: int) -> None:
    raw = POSTFIX.encode()
    parse_bounce(noise)
    parse_bounce(raw[:place] + noise + raw[place + cut :])
