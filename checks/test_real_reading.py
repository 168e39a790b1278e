"""The built-in reader suggests exactly the rights of real formal letters, and none for their reminders."""

import json
import os
from email import message_from_bytes, policy
from pathlib import Path

from dsr.domain.reader import ToRead
from dsr.domain.request.message import LIKELY
from dsr.mailbox.learned.reader import LearnedReader

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"


def test_formal_letters_are_read_exactly() -> None:
    reader = LearnedReader()
    expected = json.loads((MAILBOX / "expected.json").read_text("utf-8"))
    found = {}
    for name in expected:
        mail = message_from_bytes((MAILBOX / name).read_bytes(), policy=policy.default)
        body = mail.get_body(("plain", "html"))
        assert body is not None
        message = ToRead(body.get_content(), mail["subject"], "", in_thread=False, has_attachment=False)
        found[name] = sorted(each.right for each in reader.read(message).rights if each.percent >= LIKELY)
    assert found == {name: sorted(each["rights"]) for name, each in expected.items()}
