"""Messages on a matter: examined once, before it closes (docs/law §13)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.matter import Matter, MatterOutcome, MatterSender
from dsr.domain.matter.errors import MatterMessageUnexamined
from dsr.domain.matter.messages import MatterMessageSettled, MatterMessageUnknown
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose
from tests.domain.matter.a_matter import ARRIVED, SEALED, acting, answer, complaint

LATER = acting(ARRIVED + timedelta(days=3))


def receive(matter: Matter, **facts: Any) -> UUID:
    """A reply that joins the matter; its id."""
    key = KeyIntroduction(uuid4(), KeyPurpose.BLOB, "cd" * 32)
    lawful: dict[str, Any] = {
        "message_id": uuid4(),
        "channel": Channel.EMAIL,
        "received_at": LATER.at,
        "claimed_at": None,
        "language": "en",
        "sender": MatterSender.KNOWN,
        "automatic": False,
        "suggested_rights": (),
        "keys": (key,),
        "content": SEALED,
        "original": BlobRef(uuid4(), key.key_id, 10, "message/rfc822", "ab" * 32),
    } | facts
    matter.receive_message(LATER, **lawful)
    message_id: UUID = lawful["message_id"]
    return message_id


def test_a_message_is_examined_once_with_a_finding() -> None:
    matter = complaint()
    message_id = receive(matter)
    with pytest.raises(ReasonRequired):
        matter.examine_message(LATER, message_id=message_id, finding=None)
    matter.examine_message(LATER, message_id=message_id, finding=SEALED)
    with pytest.raises(MatterMessageSettled):
        matter.examine_message(LATER, message_id=message_id, finding=SEALED)


def test_an_automatic_message_and_an_unknown_one_are_not_examined() -> None:
    matter = complaint()
    with pytest.raises(MatterMessageSettled):
        matter.examine_message(LATER, message_id=receive(matter, automatic=True), finding=SEALED)
    with pytest.raises(MatterMessageUnknown):
        matter.examine_message(LATER, message_id=uuid4(), finding=SEALED)


def test_no_matter_closes_while_a_message_waits() -> None:
    # given
    matter = complaint()
    message_id = receive(matter)
    receive(matter, automatic=True)
    answer(matter, LATER.at)
    # when, then
    with pytest.raises(MatterMessageUnexamined):
        matter.close(LATER, outcome=MatterOutcome.UPHELD)
    matter.examine_message(LATER, message_id=message_id, finding=SEALED)
    matter.close(LATER, outcome=MatterOutcome.UPHELD)
    # when: one arrives later
    late = receive(matter)
    matter.examine_message(LATER, message_id=late, finding=SEALED)


def test_no_message_arrives_in_the_future() -> None:
    with pytest.raises(ReceiptInFuture):
        receive(complaint(), received_at=LATER.at + timedelta(hours=1))
