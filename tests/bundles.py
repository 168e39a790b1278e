"""Audit bundles made in tests, and those that are kept of each format that was ever released.

    python -m tests.bundles FORMAT

keeps one in `tests/evidence/bundles`, on the day of a release that changed the format. What is kept is never made
again.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from dsr.bootstrap import build, init
from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call, service
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.settings import load_settings
from tests.catalogue.catalogue import AT_DESK
from tests.catalogue.deadlines import extension_approved
from tests.catalogue.matters import noticed, written
from tests.conftest import EXAMPLE_ROPA
from tests.desk.office import Office, refusal
from tests.settable_clock import SettableClock

KEPT = Path(__file__).parent / "evidence" / "bundles"


def bundle_of(office: Office, *scope: str) -> bytes:
    """The bundle of a scope, as a file."""
    prepared = office.desk.bundles.prepare(parse_scope(scope), Call(service("audit")))
    return b"".join(prepared.chunks(lambda _what, _number: None))


def log_key(office: Office) -> str:
    """The public key that an authority gets by another way than the bundle."""
    return office.desk.evidence.log_keys()[0].verifier


def play(office: Office) -> None:
    """Cases with a file, a refusal, an extension with its notice, a proof of identity and a suspension; an inquiry
    about one of them, and an incident that was notified too late.
    """
    case = office.registered(Right.ERASURE)
    office.desk.items.propose_refusal(case, "erasure", office.call(case), draft=refusal())
    office.desk.items.decide_refusal(case, "erasure", office.call(case, office.bob), approve=True, reason="")
    robot, dispatching = Call(service("policy:test")), office.desk.dispatching
    notice = dispatching.prepare(extension_approved(office), robot, kind=LetterKind.EXTENSION).resource_id
    dispatching.release(UUID(notice), robot)
    assert dispatching.drain(office.clock.now(), 100).sent == 1
    asked = AT_DESK["confirm identity"].given(office)
    assert asked is not None
    office.clock.advance(days=2)
    AT_DESK["confirm identity"].run(office, asked, office.call(asked))
    office.case_by_mail()
    inquiry = UUID(written(office, Call(office.ann)).resource_id)
    incident = UUID(noticed(office, Call(office.ann)).resource_id)
    office.clock.advance(days=4)
    assert office.desk.matter_dates.sweep().recorded == 1
    told: dict[str, Any] = {"authority": "de-berlin", "channel": Channel.POST, "content": "A list was sent away."}
    office.desk.matters.notify_authority(
        incident, Call(office.ann), **told, notified_at=office.clock.now(), late_reasons="Nobody knew."
    )
    office.desk.matters.link_request(inquiry, Call(office.ann), request_id=case)


def keep(number: str) -> None:
    """Keep a bundle of this format, with the key to verify it."""
    with tempfile.TemporaryDirectory() as home:
        settings, clock = load_settings({"DSR_HOME": home}), SettableClock()
        init(settings, clock=clock)
        made = build(settings, clock=clock)
        made.desk.ropa.adopt(EXAMPLE_ROPA, Call(service("init")))
        office = Office(made, clock)
        play(office)
        KEPT.mkdir(exist_ok=True)
        (KEPT / f"{number}.zip").write_bytes(bundle_of(office, "all"))
        (KEPT / f"{number}.key").write_text(log_key(office) + "\n", encoding="utf-8")
        made.close()


if __name__ == "__main__":
    keep(sys.argv[1])
