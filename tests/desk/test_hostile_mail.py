"""Nothing that a stranger sends is lost: mails of a grammar, made by chance, taken in as the worker does."""

from collections import Counter
from pathlib import Path
from typing import Any

from dsr.desk.caller import Call
from dsr.domain.request.values import DisclosurePurpose
from dsr.mailbox.inbox import MaildirInbox
from dsr.mailbox.limits import DEFAULT_LIMITS
from tests.desk.office import Office
from tests.mailbox.hostile_mail import HostileMail
from tests.proving import in_ci

KEPT = in_ci(40, proving=2_000)


def test_nothing_that_a_stranger_sends_is_lost(office: Office, tmp_path: Path) -> None:
    # given
    grammar, sent = HostileMail(KEPT + 1, largest=20_000), list[bytes]()
    (tmp_path / "new").mkdir()
    for number in range(KEPT):
        sent.append(grammar.mail())
        (tmp_path / "new" / f"{number:06}").write_bytes(sent[-1])
    outcomes: dict[str, Any] = {}
    # when
    inbox = MaildirInbox(tmp_path, max_bytes=DEFAULT_LIMITS.max_bytes, max_head_bytes=DEFAULT_LIMITS.max_header_bytes)
    done = office.desk.inbox.read(inbox, told=outcomes.__setitem__)
    # then
    assert done.counts.total() == KEPT
    assert set(done.counts) <= {"received", "follow-up", "quarantined", "duplicate", "automatic", "bounce"}
    assert not list((tmp_path / "new").iterdir())
    filed = Counter(file.read_bytes() for name in (".done", ".failed") for file in (tmp_path / name / "cur").iterdir())
    assert filed == Counter(sent), "each is filed, byte for byte"
    desk, purpose = office.desk, DisclosurePurpose.TRIAGE
    for number, raw in enumerate(sent):
        outcome = outcomes[f"new/{number:06}"]
        if outcome.outcome == "quarantined":
            assert desk.quarantine.open(outcome.quarantine_id, Call(office.ann), purpose=purpose) == raw
        elif outcome.outcome == "received":
            call = office.call(outcome.request_id)
            opened = desk.disclosures.original(outcome.request_id, call, purpose=purpose, version=1)
            assert b"".join(opened.chunks) == raw
    assert office.differences() == []
