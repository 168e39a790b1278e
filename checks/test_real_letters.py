"""The sample mailbox: every letter is parsed, its thread found, its language and rights recognised.

The folder that `DSR_SHARED_DATA` names holds `mailbox/*.eml` and `mailbox/expected.json`.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from dsr.mailbox.language import detect_language
from dsr.mailbox.message import parse_message
from dsr.mailbox.own_servers import OwnServers
from dsr.mailbox.rights import suggest_rights
from dsr.mailbox.thread import thread_hints

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"
OWN = OwnServers(frozenset({"mx.callcentre.example"}))

EXPECTED = json.loads((MAILBOX / "expected.json").read_text(encoding="utf-8"))
PARSED = {name: parse_message((MAILBOX / name).read_bytes(), own=OWN) for name in EXPECTED}


def test_sender_arrival_and_language_of_every_letter_are_right() -> None:
    for name, expected in EXPECTED.items():
        message = PARSED[name]
        assert message.from_address == expected["sender"], name
        assert message.received_at == datetime.fromisoformat(expected["received"]), name
        assert detect_language(message.text) == expected["language"], name


def test_every_thread_is_found() -> None:
    names = {message.message_id: name for name, message in PARSED.items()}
    for name, expected in EXPECTED.items():
        followed = [names[known] for known in thread_hints(PARSED[name]).message_ids if known in names]
        assert followed[:1] == ([expected["follows"]] if "follows" in expected else []), name


def test_at_least_95_percent_of_the_sets_of_rights_are_exactly_right() -> None:
    wrong = {
        name: found
        for name, expected in EXPECTED.items()
        if (found := {s.right.value for s in suggest_rights(PARSED[name].text, PARSED[name].subject)})
        != set(expected["rights"])
    }
    assert len(wrong) <= len(EXPECTED) * 0.05, wrong
