"""Messages on a case: what waits for a person, and what it turns out to be (docs/law §9)."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from dsr.desk.messages import Entered, Finding
from dsr.domain.request.message import LikelyKind, LikelyRight, MessageKind, ReaderNote, StandsIn
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.starts import arrived, registered
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


def claimed(office: Office) -> UUID:
    """A case whose thread a message from another address claims, once the service has noted that."""
    request_id = office.case_by_mail()
    office.remembered["claim"] = from_elsewhere(office, request_id)
    noted(office, request_id, message_id=office.remembered["claim"])
    return request_id


def from_elsewhere(office: Office, request_id: UUID) -> UUID:
    """The case that a message from another address becomes."""
    subject = f"Re: {office.case(request_id).reference}"
    return office.case_by_mail(office.mail("Where is my answer?", sender="ada@work.example", subject=subject))


def noted(office: Office, request_id: UUID, **facts: Any) -> None:
    office.desk.claims.note(request_id, office.call(request_id), **CLAIM | facts)


def letter_from_elsewhere(office: Office) -> UUID:
    """The same; the case that the message became."""
    request_id = office.case_by_mail()
    other_id = from_elsewhere(office, request_id)
    noted(office, request_id, message_id=other_id)
    return other_id


CLAIM: Final[dict[str, Any]] = {
    "stands_in": StandsIn.REQUEST,
    "channel": Channel.EMAIL,
    "received_at": datetime(2026, 3, 5, 8, tzinfo=UTC),
    "language": "en",
    "suggested_rights": (),
}

COMMANDS = (
    Command(
        name="suggest rights",
        act=Act(
            "suggest_rights",
            lambda case, message_id=None: {
                "message_id": message_id or case.message_id,
                "model": "reader-1",
                "asks": 80,
                "rights": (LikelyRight(Right.ERASURE, 20), LikelyRight(Right.ACCESS, 80)),
                "kinds": (LikelyKind(MessageKind.NEW_REQUEST, 70),),
                "notes": (ReaderNote.ATTACHMENT_MAY_HOLD_IT,),
                "passages": case.sealed(),
            },
            actor="service:policy:suggest-rights",
        ),
        desk=at_desk("suggestions.suggest", replied, "request.rights-suggested", message_ids=waiting),
        http=OverHttp("/requests/{}/suggestion", roles.INTAKE, {"message_ids": [str(uuid4())]}),
    ),
    Command(
        name="note a claim",
        act=Act(
            "note_claim",
            lambda case: CLAIM | {"message_id": case.uuid(), "received_at": case.now},
            actor="service:policy:wait-for-claims",
        ),
        desk=at_desk(
            "claims.note",
            arrived,
            "request.thread-claimed",
            message_id=UUID("0b5c0c39-5f54-4a0c-8f2b-0a8c3f1f4d11"),
            **CLAIM,
        ),
    ),
    Command(
        name="settle a claim",
        act=Act(
            "settle_claim",
            lambda case, message_id=None: {"message_id": message_id or case.claimed_id},
            actor="service:policy:wait-for-claims",
        ),
        desk=at_desk(
            "claims.settle",
            claimed,
            "request.claim-settled",
            message_id=lambda office, _: office.remembered["claim"],
        ),
    ),
    Command(
        name="join another request",
        act=Act(
            "join",
            lambda case: {"joined_to": case.uuid(), "has_joined": False, "evidence_destroyed": case.evidence},
        ),
        desk=at_desk(
            "claims.join",
            letter_from_elsewhere,
            ("request.joined", "request.follow-up-received", "request.claim-settled"),
            joined_to=lambda office, subject: office.case(subject).linked_to,
        ),
        http=OverHttp("/requests/{}/joining", roles.HANDLER, {"joined_to": str(uuid4())}),
    ),
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
