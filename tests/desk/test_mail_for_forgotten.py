"""What arrives for a file that was forgotten, of a case or of a matter: it opens nothing of the file, and the file
takes in nothing (docs/law §7).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.matter import Matter
from dsr.domain.own_file import FileForgotten
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request.errors import CaseForgotten
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.vault.keystore import SqlKeyStore
from tests.desk import test_forgetting as case_files
from tests.desk import test_forgetting_files as matters
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office
from tests.desk.test_mail_copies import Box, box, taken_in
from tests.mailbox.test_bounce import OURS, POSTFIX

__all__ = ["box"]

pytestmark = [
    pytest.mark.parametrize("backend", ["sqlite"]),
    pytest.mark.parametrize("box", ["maildir"], indirect=True),
]


@dataclass(frozen=True)
class Ordered:
    """A file whose forgetting was ordered, and what mail can name of it."""

    keys: set[UUID]
    reference: str
    message_id: str
    """Of a letter that left."""
    code: str
    """Why a reply waits in the quarantine."""


def ordered_case(office: Office) -> Ordered:
    letters, request_id = Letters(office), office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    message_id = letters.show(letters.acknowledged(request_id))["message_id"]
    letters.drain()
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    case_files.propose(office, request_id)
    case_files.approve(office, request_id)
    case = office.case(request_id)
    return Ordered({*case.keys.values()}, case.reference, message_id, CaseForgotten.code)


def ordered_matter(office: Office) -> Ordered:
    matter_id = matters.settled(office)
    matters.propose(office, matter_id)
    matters.decide(office, matter_id)
    matter = office.find(Matter, matter_id)
    [letter] = matter.letters.values()
    keys = {*matter.keys.values(), *matter.originals}
    return Ordered(keys, matter.reference, letter.message_id, FileForgotten.code)


@pytest.mark.parametrize("ordered", [ordered_case, ordered_matter])
@pytest.mark.parametrize("destroyed", [False, True])
def test_a_returned_letter_changes_nothing_and_a_reply_waits_under_a_key_of_its_own(
    office: Office,
    box: Box,
    monkeypatch: pytest.MonkeyPatch,
    ordered: Callable[[Office], Ordered],
    destroyed: bool,
) -> None:
    # given: the order is given; the keys may be there still
    office.service.policies.begin()
    file = ordered(office)
    if destroyed:
        office.service.policies.run()
    opened, names = list[UUID](), office.names()
    really = SqlKeyStore.open

    def noted(self: SqlKeyStore, key_id: UUID) -> Any:
        opened.append(key_id)
        return really(self, key_id)

    # when: servers report that the letter did not arrive, late or for good
    with monkeypatch.context() as patched:
        patched.setattr(SqlKeyStore, "open", noted)
        for action in ("delayed", "failed"):
            report = POSTFIX.replace(f"<{OURS}>", file.message_id).replace("Action: failed", f"Action: {action}")
            assert taken_in(office, box, report.encode()).outcome == "bounce"
        # then
        assert office.names() == names
        # and when: the person replies, by the letter or by its reference, or their mail program does
        said: tuple[dict[str, Any], ...] = (
            {"In_Reply_To": file.message_id},
            {"subject": f"Re: {file.reference}"},
            {"In_Reply_To": file.message_id, "Auto_Submitted": "auto-replied"},
        )
        late = [taken_in(office, box, office.mail("Where is it?", **facts)) for facts in said]
        assert not file.keys & {*opened}
    # then
    assert [(each.outcome, each.error) for each in late] == [("quarantined", file.code)] * 3
    assert {*office.names()[len(names) :]} == {"quarantine.message-quarantined"}
    for each in late:
        assert not file.keys & {*office.find(QuarantinedMessage, each.quarantine_id).keys.values()}
        assert office.desk.quarantine.open(each.quarantine_id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)
    assert office.differences() == []
