"""Matters: what complaints, incidents, authorities and courts ask (docs/law §13)."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address
from dsr.desk.errors import MatterUnknown
from dsr.desk.matter_notices import NoticeRecipient
from dsr.domain.matter import IncidentRisk, Matter, MatterKind, MatterLetterKind, MatterOutcome, TellingException
from dsr.domain.own_file import FileKind
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.starts import arrived, nothing, registered
from tests.desk.office import Office


def complained(office: Office, call: Call, **facts: Any) -> Any:
    """A complaint by post."""
    said: dict[str, Any] = {
        "controller_id": "callcentre-de",
        "channel": Channel.POST,
        "received_at": office.clock.now(),
        "language": "en",
        "sender": "Ada Lovelace, Ockham Lane 3, London",
        "content": "You answered my request too late.",
    }
    return office.desk.matters.open_complaint(call, **said | facts)


def complaint(office: Office) -> UUID:
    """The id of a complaint that was opened."""
    return UUID(complained(office, Call(office.ann)).resource_id)


def noticed(office: Office, call: Call, **facts: Any) -> Any:
    """An incident that a colleague noticed."""
    said: dict[str, Any] = {
        "controllers": ("callcentre-de",),
        "channel": Channel.IN_PERSON,
        "certain_at": office.clock.now(),
        "content": "A list of callers was sent to the wrong customer.",
    }
    return office.desk.matters.open_incident(call, **said | facts)


def incident(office: Office) -> UUID:
    """The id of an incident that was opened."""
    return UUID(noticed(office, Call(office.ann)).resource_id)


def _as_processor(office: Office) -> UUID:
    return UUID(noticed(office, Call(office.ann), processor_for="mail-order").resource_id)


def _with_risk(risk: IncidentRisk) -> Callable[[Office], UUID]:
    def start(office: Office) -> UUID:
        matter_id = incident(office)
        office.desk.matters.assess_risk(matter_id, Call(office.ann), risk=risk, reasons="We looked at what it was.")
        return matter_id

    return start


def written(office: Office, call: Call, **facts: Any) -> Any:
    """An inquiry of an authority by post."""
    said: dict[str, Any] = {
        "controller_id": "callcentre-de",
        "kind": MatterKind.INQUIRY,
        "authority": "Berliner Beauftragte für Datenschutz und Informationsfreiheit",
        "due_on": date(2026, 4, 10),
        "channel": Channel.POST,
        "received_at": office.clock.now(),
        "language": "de",
        "content": "Nehmen Sie Stellung zu der Beschwerde von Ada Lovelace.",
        "file_number": "521.12345",
    }
    return office.desk.matters.open_letter(call, **said | facts)


def _inquiry(office: Office) -> UUID:
    return UUID(written(office, Call(office.ann)).resource_id)


def _sued_about(office: Office) -> None:
    office.remembered["sued-about"] = registered(Right.ACCESS)(office)


def _with_request(office: Office) -> UUID:
    office.remembered["complained-of"] = arrived(office)
    return complaint(office)


def _with_carla(office: Office) -> UUID:
    office.enrol("carla", "callcentre-de")
    return complaint(office)


_ANSWER = at_desk(
    "matters.answer",
    complaint,
    "matter.answer-recorded",
    unknown=MatterUnknown,
    channel=Channel.POST,
    reasons="The answer left two days late.",
    remedies="We have changed how we search. You can complain to the authority.",
)


def _answered(office: Office) -> UUID:
    matter_id = complaint(office)
    _ANSWER.run(office, matter_id, Call(office.ann))
    return matter_id


def _matter_closed(office: Office) -> UUID:
    """A complaint that was answered and closed."""
    matter_id = _answered(office)
    office.desk.matters.close(matter_id, Call(office.ann), outcome=MatterOutcome.UPHELD)
    return matter_id


def _to_be_forgotten(office: Office) -> UUID:
    matter_id = _matter_closed(office)
    said: dict[str, Any] = {"kind": FileKind.MATTER, "ground": ForgettingGround.COURT_ORDER}
    office.desk.file_forgetting.propose(matter_id, Call(office.bob), reasons="By the judgment of 3 March.", **said)
    return matter_id


ADDRESS = Address(name="Ada Lovelace", email="ada@example.org", postal=("Ockham Lane 3", "London"))


def drafted(office: Office, channel: Channel = Channel.EMAIL, **facts: Any) -> UUID:
    """A complaint with the draft of its acknowledgement, whose id is remembered."""
    matter_id = complaint(office)
    said: dict[str, Any] = {"kind": MatterLetterKind.ACKNOWLEDGEMENT, "texts": {}, "address": ADDRESS}
    letter = office.desk.matter_letters.prepare(matter_id, Call(office.ann), channel=channel, **said | facts)
    office.remembered["letter"] = UUID(letter.resource_id)
    return matter_id


def replied(office: Office) -> UUID:
    """A complaint with a reply to the acknowledgement, whose id is remembered."""
    matter_id = drafted(office)
    office.desk.matter_letters.release(matter_id, Call(office.ann), letter_id=office.remembered["letter"])
    matter = office.find(Matter, matter_id)
    letter = matter.letters[office.remembered["letter"]]
    office.receive(office.mail("Here is my file number: 42.", In_Reply_To=letter.message_id))
    [office.remembered["reply"]] = office.find(Matter, matter_id).messages
    return matter_id


TEXTS = {
    "en": {"what_happened": "A list was sent.", "consequences": "Unwanted calls.", "measures": "It was deleted."},
    "de": {"what_happened": "Eine Liste ging weg.", "consequences": "Anrufe.", "measures": "Sie wurde gelöscht."},
}


def to_many(office: Office, *recipients: NoticeRecipient, **facts: Any) -> UUID:
    """An incident with the draft of a notice to these people, whose id is remembered."""
    matter_id = incident(office)
    said: dict[str, Any] = {"texts": TEXTS, "recipients": recipients or (NoticeRecipient(address=ADDRESS),)}
    notice = office.desk.matter_notices.prepare(matter_id, Call(office.ann), **said | facts)
    office.remembered["notice"] = UUID(notice.resource_id)
    return matter_id


def _by_bob(office: Office) -> UUID:
    """The same, written by somebody else than who releases it."""
    matter_id = incident(office)
    notice = office.desk.matter_notices.prepare(
        matter_id, Call(office.bob), texts=TEXTS, recipients=(NoticeRecipient(address=ADDRESS),)
    )
    office.remembered["notice"] = UUID(notice.resource_id)
    return matter_id


def _to_be_posted(office: Office) -> UUID:
    matter_id = drafted(office, Channel.POST)
    office.desk.matter_letters.release(matter_id, Call(office.ann), letter_id=office.remembered["letter"])
    return matter_id


COMMANDS = (
    Command(
        name="propose to forget a matter",
        desk=at_desk(
            "file_forgetting.propose",
            _matter_closed,
            "own-file.forgetting-proposed",
            unknown=MatterUnknown,
            kind=FileKind.MATTER,
            ground=ForgettingGround.COURT_ORDER,
            reasons="By the judgment of 3 March.",
        ),
        http=OverHttp(
            "/matters/{}/forgetting",
            roles.HANDLER,
            {"ground": "court-order", "reasons": "By the judgment of 3 March."},
        ),
    ),
    Command(
        name="order to forget a matter",
        desk=at_desk(
            "file_forgetting.decide",
            _to_be_forgotten,
            "own-file.forgetting-ordered",
            unknown=MatterUnknown,
            kind=FileKind.MATTER,
            approve=True,
            reason="",
        ),
        http=OverHttp("/matters/{}/forgetting/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline to forget a matter",
        desk=at_desk(
            "file_forgetting.decide",
            _to_be_forgotten,
            "own-file.forgetting-declined",
            unknown=MatterUnknown,
            kind=FileKind.MATTER,
            approve=False,
            reason="An appeal is pending.",
        ),
        http=OverHttp(
            "/matters/{}/forgetting/decision", roles.APPROVER, {"approve": False, "reason": "An appeal is pending."}
        ),
    ),
    Command(
        name="open a complaint",
        desk=AtDesk(
            method="matters.open_complaint",
            given=nothing,
            run=lambda office, _, call: complained(office, call),
            makes=("matter.opened",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/matters/complaints", roles.INTAKE, versioned=False),
    ),
    Command(
        name="acknowledge a complaint",
        desk=at_desk(
            "matters.acknowledge", complaint, "matter.acknowledged", unknown=MatterUnknown, channel=Channel.EMAIL
        ),
        http=OverHttp("/matters/{}/acknowledgement", roles.HANDLER),
    ),
    Command(
        name="tell the progress of a complaint",
        desk=at_desk(
            "matters.tell_progress",
            complaint,
            "matter.progress-told",
            unknown=MatterUnknown,
            channel=Channel.EMAIL,
            progress="We have asked the call centre.",
        ),
        http=OverHttp("/matters/{}/progress", roles.HANDLER),
    ),
    Command(
        name="open an incident",
        desk=AtDesk(
            method="matters.open_incident",
            given=nothing,
            run=lambda office, _, call: noticed(office, call),
            makes=("matter.opened", "matter.incident-described"),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/matters/incidents", roles.INTAKE | roles.EXECUTOR, versioned=False),
    ),
    Command(
        name="assess the risk of an incident",
        desk=at_desk(
            "matters.assess_risk",
            incident,
            "matter.risk-assessed",
            unknown=MatterUnknown,
            risk=IncidentRisk.HIGH,
            reasons="The list names what they suffer from.",
        ),
        http=OverHttp("/matters/{}/risk", roles.HANDLER),
    ),
    Command(
        name="notify an authority of an incident",
        desk=at_desk(
            "matters.notify_authority",
            incident,
            "matter.authority-notified",
            unknown=MatterUnknown,
            authority="de-berlin",
            channel=Channel.WEB_FORM,
            content="What happened, how many people it concerns, what we do.",
        ),
        http=OverHttp("/matters/{}/notifications", roles.HANDLER),
    ),
    Command(
        name="notify no authority of an incident",
        desk=at_desk(
            "matters.omit_notification",
            _with_risk(IncidentRisk.UNLIKELY),
            "matter.notification-omitted",
            unknown=MatterUnknown,
            reasons="The list was encrypted, and the key is safe.",
        ),
        http=OverHttp("/matters/{}/notifications/omission", roles.HANDLER),
    ),
    Command(
        name="tell people of an incident",
        desk=at_desk(
            "matters.tell_people",
            _with_risk(IncidentRisk.HIGH),
            "matter.people-told",
            unknown=MatterUnknown,
            channel=Channel.POST,
            content="What happened, and what they can do.",
        ),
        http=OverHttp("/matters/{}/people", roles.HANDLER),
    ),
    Command(
        name="except people from being told of an incident",
        desk=at_desk(
            "matters.except_people",
            _with_risk(IncidentRisk.HIGH),
            "matter.people-excepted",
            unknown=MatterUnknown,
            exception=TellingException.RISK_REMOVED,
            reasons="The customer deleted the list unread.",
        ),
        http=OverHttp("/matters/{}/people/exception", roles.HANDLER),
    ),
    Command(
        name="tell the controller of an incident",
        desk=at_desk(
            "matters.tell_controller",
            _as_processor,
            "matter.controller-told",
            unknown=MatterUnknown,
            channel=Channel.EMAIL,
            content="What happened to the data that we process for you.",
        ),
        http=OverHttp("/matters/{}/controller", roles.HANDLER),
    ),
    Command(
        name="open a letter of an authority or court",
        desk=AtDesk(
            method="matters.open_letter",
            given=_sued_about,
            run=lambda office, _, call: written(
                office, call, kind=MatterKind.COURT_CLAIM, request_ids=(office.remembered["sued-about"],)
            ),
            makes=("matter.opened", "matter.letter-described", "matter.holds-placed", "request.hold-placed"),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/matters/letters", roles.HANDLER, versioned=False),
    ),
    Command(
        name="move the date of a matter",
        desk=at_desk(
            "matters.move_date",
            _inquiry,
            "matter.date-moved",
            unknown=MatterUnknown,
            due_on=date(2026, 4, 24),
            received_at=lambda office, _: office.clock.now(),
            channel=Channel.POST,
            content="Wir verlängern die Frist bis zum 24. April 2026.",
        ),
        http=OverHttp("/matters/{}/date", roles.HANDLER),
    ),
    Command(
        name="assign a matter",
        desk=at_desk("matters.assign", _with_carla, "matter.assigned", unknown=MatterUnknown, responsible="carla"),
        http=OverHttp("/matters/{}/assignment", roles.HANDLER),
    ),
    Command(
        name="link a request to a matter",
        desk=at_desk(
            "matters.link_request",
            _with_request,
            "matter.request-linked",
            unknown=MatterUnknown,
            request_id=lambda office, _: office.remembered["complained-of"],
        ),
        http=OverHttp("/matters/{}/requests", roles.HANDLER),
    ),
    Command(
        name="answer a matter",
        desk=_ANSWER,
        http=OverHttp("/matters/{}/answer", roles.HANDLER),
    ),
    Command(
        name="write a letter of a matter",
        http=OverHttp(
            "/matters/{}/letters",
            roles.HANDLER,
            {"kind": "acknowledgement"},
            takes_key=False,
            versioned=False,
            reads=True,
        ),
    ),
    Command(
        name="draft a letter of a matter",
        desk=at_desk(
            "matter_letters.prepare",
            complaint,
            "matter.letter-written",
            unknown=MatterUnknown,
            kind=MatterLetterKind.ACKNOWLEDGEMENT,
            texts={},
            channel=Channel.EMAIL,
            address=ADDRESS,
        ),
        http=OverHttp(
            "/matters/{}/dispatches",
            roles.HANDLER,
            {"kind": "acknowledgement", "channel": "email", "address": {"email": "ada@example.org"}},
        ),
    ),
    Command(
        name="release a letter of a matter",
        desk=at_desk(
            "matter_letters.release",
            drafted,
            "matter.letter-released",
            unknown=MatterUnknown,
            letter_id=lambda office, _: office.remembered["letter"],
        ),
        http=OverHttp("/matters/{}/dispatches/{}/release", roles.HANDLER | roles.APPROVER, {}),
    ),
    Command(
        name="discard a letter of a matter",
        desk=at_desk(
            "matter_letters.discard",
            drafted,
            "matter.letter-discarded",
            unknown=MatterUnknown,
            letter_id=lambda office, _: office.remembered["letter"],
            reason="We called her instead.",
        ),
        http=OverHttp("/matters/{}/dispatches/{}/discarding", roles.HANDLER),
    ),
    Command(
        name="post a letter of a matter",
        desk=at_desk(
            "matter_letters.mark_posted",
            _to_be_posted,
            ("matter.letter-sent", "matter.acknowledged"),
            unknown=MatterUnknown,
            letter_id=lambda office, _: office.remembered["letter"],
        ),
        http=OverHttp("/matters/{}/dispatches/{}/posting", roles.HANDLER, {}),
    ),
    Command(
        name="print a letter of a matter",
        http=OverHttp(
            "/matters/{}/dispatches/{}/paper",
            roles.READER,
            {"purpose": "complaint"},
            takes_key=False,
            versioned=False,
            reads=True,
        ),
    ),
    Command(
        name="write a notice to many people",
        desk=at_desk(
            "matter_notices.prepare",
            incident,
            ("matter.letter-written", "matter.notice-written"),
            unknown=MatterUnknown,
            texts=TEXTS,
            recipients=(NoticeRecipient(address=ADDRESS),),
        ),
        http=OverHttp(
            "/matters/{}/notices",
            roles.HANDLER,
            {"texts": [{"language": "en", **TEXTS["en"]}], "recipients": [{"email": "ada@example.org"}]},
        ),
    ),
    Command(
        name="release a notice to many people",
        desk=at_desk(
            "matter_notices.release",
            _by_bob,
            "matter.notice-released",
            unknown=MatterUnknown,
            notice_id=lambda office, _: office.remembered["notice"],
        ),
        http=OverHttp("/matters/{}/notices/{}/release", roles.HANDLER | roles.APPROVER, {}),
    ),
    Command(
        name="discard a notice to many people",
        desk=at_desk(
            "matter_notices.discard",
            to_many,
            "matter.notice-discarded",
            unknown=MatterUnknown,
            notice_id=lambda office, _: office.remembered["notice"],
            reason="The list turned out to be empty.",
        ),
        http=OverHttp("/matters/{}/notices/{}/discarding", roles.HANDLER),
    ),
    Command(
        name="examine a message on a matter",
        desk=at_desk(
            "matter_messages.examine",
            replied,
            "matter.message-examined",
            unknown=MatterUnknown,
            message_id=lambda office, _: office.remembered["reply"],
            finding="She names her file number. We look for it.",
        ),
        http=OverHttp("/matters/{}/messages/{}/examination", roles.HANDLER),
    ),
    Command(
        name="open a message on a matter",
        http=OverHttp(
            "/matters/{}/messages/{}/original",
            roles.READER,
            {"purpose": "complaint"},
            takes_key=False,
            versioned=False,
            reads=True,
        ),
    ),
    Command(
        name="close a matter",
        desk=at_desk("matters.close", _answered, "matter.closed", unknown=MatterUnknown, outcome=MatterOutcome.UPHELD),
        http=OverHttp("/matters/{}/closing", roles.HANDLER),
    ),
)
