"""The thread of a message is found by message ids and by the case reference in its subject."""

from dsr.mailbox.message import parse_message
from dsr.mailbox.own_servers import NO_SERVERS
from dsr.mailbox.thread import ThreadHints, thread_hints


def hints(*fields: str) -> ThreadHints:
    raw = "\r\n".join(["From: ann@example.org", *fields, "", "text"]).encode()
    return thread_hints(parse_message(raw, own=NO_SERVERS))


def test_in_reply_to_comes_first_then_references_from_the_last() -> None:
    found = hints("In-Reply-To: <c@x>", "References: <a@x> <b@x> <c@x>", "Message-ID: <d@x>")
    assert found.message_ids == ("c@x", "b@x", "a@x")


def test_a_message_never_follows_itself() -> None:
    assert hints("In-Reply-To: <d@x>", "Message-ID: <d@x>").message_ids == ()


def test_the_case_reference_is_found_in_the_subject_as_people_type_it() -> None:
    assert hints("Subject: Re: [dsr 7kq4 m2xn] my data").references == ("DSR-7KQ4-M2XN",)


def test_a_message_that_starts_a_thread_has_no_hints() -> None:
    assert hints("Subject: hello") == ThreadHints((), ())
