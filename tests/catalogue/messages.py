"""Messages on a case: what waits for a person, and what it turns out to be (docs/law §9)."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from dsr.desk.messages import Entered, Finding
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.starts import registered
from tests.desk.office import Office


def replied(office: Office) -> UUID:
    """A case that came by mail and was registered, and a reply in its thread."""
    request_id = office.case_by_mail()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    office.reply(request_id)
    return request_id


def waiting(office: Office, request_id: UUID) -> tuple[UUID, ...]:
    """The messages that nobody has examined."""
    return tuple(each.message_id for each in office.case(request_id).messages_waiting)


def called() -> Entered:
    """A telephone call on the first day of the tests."""
    return Entered(Channel.TELEPHONE, datetime(2026, 3, 5, 8, tzinfo=UTC), "en", "She asks where the answer is.")


CALL: Final = {
    "channel": "telephone",
    "received_at": "2026-03-05T08:00:00Z",
    "language": "en",
    "text": "She asks where the answer is.",
}

COMMANDS = (
    Command(
        name="enter a message",
        desk=at_desk(
            "messages.enter", registered(Right.ACCESS), "request.follow-up-received", entered=lambda *_: called()
        ),
        http=OverHttp("/requests/{}/messages", roles.INTAKE, CALL),
    ),
    Command(
        name="enter a message and examine it",
        desk=at_desk(
            "messages.enter_examined",
            registered(Right.ACCESS),
            ("request.follow-up-received", "request.message-examined"),
            entered=lambda *_: called(),
            finding=Finding(MessageKind.REMINDER),
        ),
        http=OverHttp("/requests/{}/messages/examined", roles.HANDLER, CALL | {"kind": "reminder"}),
    ),
    Command(
        name="examine messages",
        act=Act(
            "examine_messages",
            lambda case, message_ids=(): {
                "message_ids": message_ids or (case.message_id,),
                "kind": MessageKind.NOTHING_TO_DO,
                "reason": case.sealed(),
            },
        ),
        desk=at_desk(
            "messages.examine",
            replied,
            "request.message-examined",
            message_ids=waiting,
            kind=MessageKind.REMINDER,
        ),
        http=OverHttp(
            "/requests/{}/messages/examination",
            roles.HANDLER,
            {"message_ids": [str(uuid4())], "kind": "reminder"},
        ),
    ),
)
