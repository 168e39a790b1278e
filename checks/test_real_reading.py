"""Both readers suggest exactly the rights of real formal letters, and none for their reminders."""

import json
import os
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from dsr.domain.reader import ToRead
from dsr.domain.request.message import LIKELY
from dsr.mailbox.learned.meaning import shipped_with_meaning
from dsr.mailbox.learned.model import shipped
from dsr.mailbox.learned.reader import LearnedReader
from dsr.mailbox.learned.scoring import Scoring

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"


@pytest.mark.parametrize("model", [shipped, shipped_with_meaning], ids=["built in", "with embeddings"])
def test_formal_letters_are_read_exactly(model: Callable[[], Scoring]) -> None:
    reader = LearnedReader(model())
    expected = json.loads((MAILBOX / "expected.json").read_text("utf-8"))
    found = {}
    for name in expected:
        mail = message_from_bytes((MAILBOX / name).read_bytes(), policy=policy.default)
        body = mail.get_body(("plain", "html"))
        assert body is not None
        message = ToRead(body.get_content(), mail["subject"], "", in_thread=False, has_attachment=False)
        found[name] = sorted(each.right for each in reader.read(message).rights if each.percent >= LIKELY)
    assert found == {name: sorted(each["rights"]) for name, each in expected.items()}
