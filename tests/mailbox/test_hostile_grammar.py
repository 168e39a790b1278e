"""Whatever a stranger sends is read or refused, soon, and never lost: mails of a grammar, made by chance."""

import time
from collections import Counter
from collections.abc import Callable

import pytest

from dsr.mailbox.confined import take_apart_safely
from dsr.mailbox.errors import UnreadableMessage
from dsr.mailbox.headers import recipients_of_head
from dsr.mailbox.language import languages_of
from dsr.mailbox.limits import DEFAULT_LIMITS
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import suggest_rights
from dsr.mailbox.thread import header_hints, thread_hints
from dsr.mailbox.trace import without_trace
from tests.mailbox.hostile_mail import HostileMail
from tests.proving import in_ci

MAILS = in_ci(1_000, proving=50_000)
SECONDS = 2
"""Of CPU, for one mail of up to 200 kB in the process that takes mail in."""

OWN = OwnServers(*[frozenset({"mx.callcentre.example"})] * 2)
CODES = {each.code for each in UnreadableMessage.__subclasses__()}


def read(raw: bytes) -> str:
    """Everything that reading does with a mail before the database is asked; the code of the refusal, if any."""
    recipients_of_head(raw[: DEFAULT_LIMITS.max_header_bytes])
    header_hints(raw, DEFAULT_LIMITS)
    without_trace(raw)
    apart = take_apart_safely(raw, own=OWN, limits=DEFAULT_LIMITS)
    if apart.readable is None:
        assert apart.refusal is not None
        return apart.refusal.code
    message = apart.message
    thread_hints(message)
    text = own_words(message.text)
    suggest_rights(text, message.subject, languages_of(text).likely)
    assert len(message.text) <= DEFAULT_LIMITS.max_text_chars
    assert "\x00" not in message.from_name + message.subject
    return ""


def test_every_mail_is_read_or_refused_and_soon(record_property: Callable[[str, str], None]) -> None:
    grammar, refused, worst = HostileMail(MAILS), Counter[str](), (0.0, 0)
    for number in range(MAILS):
        raw = grammar.mail()
        begun = time.process_time()
        refused[read(raw)] += 1
        worst = max(worst, (time.process_time() - begun, number))
    told = ", ".join(f"{number} {code or 'read'}" for code, number in sorted(refused.items()))
    record_property("counts", f"{MAILS} mails: {told}; the dearest took {worst[0]:.2f} s of CPU (number {worst[1]})")
    assert worst[0] < SECONDS, f"number {worst[1]} took {worst[0]:.1f} s"
    assert set(refused) - {""} <= CODES
    assert refused[""] > MAILS / 10, "the grammar makes mails that can be read, too"
    assert len(refused) > 4, "and such as are refused for different reasons"


@pytest.mark.parametrize("megabytes", [1, 5])
def test_a_large_mail_of_the_grammar_costs_this_process_little(megabytes: int) -> None:
    grammar = HostileMail(megabytes, largest=megabytes * 1024 * 1024)
    for _ in range(in_ci(2, proving=50)):
        unit = grammar.mail()
        raw = (unit + b"\r\n") * (megabytes * 1024 * 1024 // (len(unit) + 2) + 1)
        begun = time.process_time()
        read(raw[: megabytes * 1024 * 1024])
        assert time.process_time() - begun < SECONDS
