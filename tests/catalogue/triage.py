"""What arrives, what it is, which rights it exercises, who works on it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.errors import QuarantineUnknown
from dsr.desk.new_case import Person
from dsr.desk.splitting import Mandate, PartOfLetter
from dsr.domain.deadlines import JointCalendar
from dsr.domain.request.malware import Scanned
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.request.values import Channel, DismissalKind
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.maker import HANDLER, calendar_of
from tests.catalogue.starts import arrived, enrolled, nothing, registered
from tests.desk.office import Office


def _enter(office: Office, _: Any, call: Call, *, quarantine_id: UUID | None = None) -> Any:
    return office.desk.entry.enter_request(
        call,
        controller_id="callcentre-de",
        channel=Channel.POST,
        received_at=office.clock.now(),
        person=Person(name="Ada Lovelace"),
        text="Bitte um Auskunft nach Art. 15 DSGVO.",
        language="de",
        quarantine_id=quarantine_id,
    )


def _in_quarantine(office: Office) -> UUID:
    quarantine_id = office.receive(b"garbage", controller_id="callcentre-de").quarantine_id
    assert quarantine_id is not None
    return quarantine_id


def _doubted(office: Office) -> UUID:
    return office.case_by_mail(office.refuted_mail())


def _discarding_proposed(office: Office) -> UUID:
    quarantine_id = _in_quarantine(office)
    office.desk.quarantine.propose_discarding(quarantine_id, Call(office.bob), reason="Noise.")
    return quarantine_id


def _twice(office: Office) -> UUID:
    """Two cases of one person; the second is the one that the command closes."""
    office.remembered["first"] = office.arrived()
    return office.arrived()


def _assignable(office: Office) -> UUID:
    enrolled(office)
    return office.arrived()


def _for_many(office: Office) -> UUID:
    """A lawyer writes for several people."""
    return office.arrived(text="I act for Ada Lovelace and Grace Hopper.", person=Person(name="Lou Lawyer"))


PARTS: Final = tuple(
    PartOfLetter(Person(name=name, email=email), "Please send a copy of the data.", (Right.ACCESS,), "A mandate, seen.")
    for name, email in (("Ada Lovelace", "ada@example.org"), ("Grace Hopper", "grace@example.org"))
)
MANDATE: Final = Mandate(
    RepresentativeKind.LAWYER,
    Person(name="Lou Lawyer", email="lou@chambers.example"),
    AnswerTo.REPRESENTATIVE,
    conflict_assessed=True,
    conflict=False,
)

COMMANDS = (
    Command(
        name="enter a request",
        desk=AtDesk(
            method="entry.enter_request",
            given=nothing,
            run=_enter,
            makes=("request.received",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp(
            "/requests",
            roles.INTAKE,
            {"controller_id": "callcentre-de", "channel": "telephone", "text": "I ask for a copy of my data."},
            versioned=False,
        ),
    ),
    Command(
        name="receive a message", http=OverHttp("/intake/messages", roles.INTAKE, takes_key=False, versioned=False)
    ),
    Command(
        name="attach a follow-up",
        act=Act(
            "attach_follow_up",
            lambda case: {
                "channel": Channel.EMAIL,
                "received_at": case.now,
                "message": case.sealed(),
                "original": None,
                "keys": (),
            },
            actor="service:intake",
        ),
    ),
    Command(
        name="enter a quarantined message",
        desk=AtDesk(
            method="entry.enter_request",
            given=_in_quarantine,
            run=lambda office, subject, call: _enter(office, None, replace(call, expected=None), quarantine_id=subject),
            makes=("request.received", "quarantine.entered"),
            unknown=None,
            versioned=False,
        ),
    ),
    Command(
        name="propose to discard a quarantined message",
        desk=at_desk(
            "quarantine.propose_discarding",
            _in_quarantine,
            "quarantine.discarding-proposed",
            unknown=QuarantineUnknown,
            reason="Noise.",
        ),
        http=OverHttp("/intake/quarantine/{}/discarding", roles.HANDLER, {"reason": "Noise."}),
    ),
    Command(
        name="discard a quarantined message",
        desk=at_desk(
            "quarantine.decide_discarding",
            _discarding_proposed,
            "quarantine.discarded",
            unknown=QuarantineUnknown,
            approve=True,
            reason="",
        ),
        http=OverHttp("/intake/quarantine/{}/discarding/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="let a quarantined message wait",
        desk=at_desk(
            "quarantine.decide_discarding",
            _discarding_proposed,
            "quarantine.discarding-declined",
            unknown=QuarantineUnknown,
            approve=False,
            reason="It asks for a copy.",
        ),
    ),
    Command(
        name="dismiss",
        act=Act("dismiss", lambda case: {"kind": DismissalKind.SPAM, "reason": case.sealed()}),
        desk=at_desk("triage.dismiss", arrived, "request.dismissed", kind=DismissalKind.SPAM, reason="An advert."),
        http=OverHttp("/requests/{}/dismissal", roles.HANDLER, {"kind": "spam", "reason": "An advert."}),
    ),
    Command(
        name="split a letter for many people",
        act=Act("split", lambda case: {"request_ids": (case.uuid(), case.uuid()), "evidence_destroyed": case.evidence}),
        desk=at_desk(
            "splitting.split",
            _for_many,
            (
                "request.split",
                *(
                    "request.received",
                    "request.registered",
                    "request.item-opened",
                    "request.search-listed",
                    "request.hold-placed",
                    "request.representation-accepted",
                )
                * 2,
            ),
            parts=PARTS,
            mandate=MANDATE,
        ),
        http=OverHttp(
            "/requests/{}/split",
            roles.HANDLER,
            {
                "parts": [
                    {
                        "person": {"name": name},
                        "text": "Please send a copy of the data.",
                        "rights": ["access"],
                        "evidence": "A mandate, seen.",
                    }
                    for name in ("Ada Lovelace", "Grace Hopper")
                ],
                "mandate": {
                    "kind": "lawyer",
                    "contact": {"name": "Lou Lawyer", "email": "lou@chambers.example"},
                    "answer_to": "representative",
                    "conflict_assessed": True,
                    "conflict": False,
                },
            },
        ),
    ),
    Command(
        name="forward to the controller",
        act=Act(
            "forward",
            lambda case: {
                "forwarded_to": "mail-order",
                "is_processor": True,
                "forwarded_at": case.now,
                "channel": Channel.EMAIL,
                "text": case.sealed(),
                "evidence_destroyed": case.evidence,
            },
        ),
        desk=at_desk(
            "triage.forward",
            arrived,
            "request.forwarded",
            controller_id="mail-order",
            channel=Channel.EMAIL,
            text="Please answer Ada Lovelace, who asks for her data.",
        ),
        http=OverHttp(
            "/requests/{}/forwarding",
            roles.HANDLER,
            {"controller_id": "mail-order", "channel": "email", "text": "Please answer Ada Lovelace."},
        ),
    ),
    Command(
        name="register",
        act=Act("register", lambda case, *rights: {"rights": rights, "listed": case.listed()}),
        desk=at_desk(
            "triage.register",
            arrived,
            (
                "request.registered",
                *("request.item-opened", "request.item-opened"),
                *("request.search-listed", "request.search-listed"),
                "request.hold-placed",
            ),
            rights=(Right.ACCESS, Right.ERASURE),
            direct_marketing=False,
        ),
        http=OverHttp("/requests/{}/registration", roles.HANDLER, {"rights": ["access"]}),
    ),
    Command(
        name="open items",
        act=Act("open_items", lambda case, *rights: {"rights": rights, "listed": case.listed()}),
        desk=at_desk(
            "triage.open_items",
            registered(Right.ACCESS),
            "request.item-opened",
            rights=(Right.OBJECTION,),
            direct_marketing=True,
        ),
        http=OverHttp("/requests/{}/items", roles.HANDLER, {"rights": ["erasure"]}),
    ),
    Command(
        name="link a duplicate",
        act=Act(
            "link_duplicate",
            lambda case: {
                "original_id": case.uuid(),
                "original_received_on": date(2026, 2, 27),
                "original_outcome": None,
                "original_items": tuple(case.request.items.values()),
                "same_subject": True,
            },
        ),
        desk=at_desk(
            "triage.link_duplicate",
            _twice,
            "request.duplicate-linked",
            original_id=lambda office, _: office.remembered["first"],
        ),
        http=OverHttp("/requests/{}/duplicate-link", roles.HANDLER, {"original_id": str(uuid4())}),
    ),
    Command(
        name="reassign",
        act=Act(
            "reassign",
            lambda case, country="FR": {
                "controller_id": f"acme-{country.lower()}",
                "joint": True,
                "reason": case.sealed(),
                "calendar": JointCalendar.joining(case.calendar, [calendar_of(country)]),
            },
        ),
        desk=at_desk(
            "triage.reassign",
            registered(Right.ACCESS),
            ("request.reassigned", "request.search-listed", "request.hold-placed"),
            controller_id="callcentre-fr",
            reason="She lives in Lyon.",
            received_on=None,
        ),
        http=OverHttp(
            "/requests/{}/reassignment",
            roles.HANDLER,
            {"controller_id": "callcentre-fr", "reason": "She lives in Lyon."},
        ),
    ),
    Command(
        name="note malware",
        act=Act("note_malware", lambda case: {"file": Scanned.UPLOAD, "signature": "Eicar-Signature"}),
    ),
    Command(
        name="note the date of an order",
        act=Act("note_order_date", lambda case: {"matter_id": uuid4(), "due_on": case.now.date() + timedelta(days=9)}),
    ),
    Command(
        name="doubt the sender",
        act=Act("doubt_sender", lambda case: {}, actor="service:intake"),
    ),
    Command(
        name="confirm the sender",
        act=Act("confirm_sender", lambda case: {"reason": case.sealed()}),
        desk=at_desk(
            "triage.confirm_sender", _doubted, "request.sender-confirmed", reason="She says so on the telephone."
        ),
        http=OverHttp("/requests/{}/sender/confirmation", roles.HANDLER, {"reason": "She says so on the telephone."}),
    ),
    Command(
        name="correct the language",
        act=Act("correct_language", lambda case: {"language": "ja" if case.request.language != "ja" else "pl"}),
        desk=at_desk("triage.correct_language", arrived, "request.language-corrected", language="ja"),
        http=OverHttp("/requests/{}/language", roles.INTAKE, {"language": "pl"}),
    ),
    Command(
        name="assign",
        act=Act("assign", lambda case, assignee=HANDLER: {"assignee": assignee}),
        desk=at_desk("triage.assign", _assignable, "request.assigned", assignee="carla"),
        http=OverHttp("/requests/{}/assignment", roles.HANDLER, {"assignee": "one-handler"}),
    ),
    Command(
        name="note",
        act=Act("add_note", lambda case: {"note": case.sealed()}),
        desk=at_desk("triage.add_note", arrived, "request.note-added", note="Called her."),
        http=OverHttp("/requests/{}/notes", roles.HANDLER, {"note": "Called back."}),
    ),
    Command(
        name="assign many",
        http=OverHttp("/bulk/assignments", roles.HANDLER, {"assignee": "one-handler", "requests": []}, versioned=False),
    ),
    Command(
        name="register many", http=OverHttp("/bulk/registrations", roles.HANDLER, {"requests": []}, versioned=False)
    ),
)
