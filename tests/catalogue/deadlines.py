"""What stops the clock or moves the date: clarification (recital 63), extension (GDPR Art. 12(3))."""

from typing import Final
from uuid import UUID

from dsr.desk.caller import Call
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import ExtensionGround, IdentityMethod
from dsr.domain.rights import Right
from dsr.ropa import EXAMPLE
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.maker import APPROVER, as_known_later
from tests.catalogue.starts import registered
from tests.desk.office import Office, letter


def _clarifying(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.deadlines.ask_clarification(
        request_id, office.call(request_id), quantity="Ten years of calls.", asked_at=None
    )
    return request_id


def earlier_fact(office: Office, request_id: UUID) -> int:
    """What was recorded last by hand on a later day."""
    return max(office.case(request_id).earlier_facts)


def _asked_by_telephone(office: Office) -> UUID:
    """Bob records on the next day that he asked by telephone."""
    request_id = office.registered(Right.ACCESS)
    asked_at = office.clock.now()
    office.clock.advance(days=1)
    office.desk.identity.ask(
        request_id,
        office.call(request_id, office.bob),
        doubt="Another address.",
        method=IdentityMethod.CALL_BACK,
        asked_at=asked_at,
    )
    return request_id


def extension_proposed(office: Office) -> UUID:
    """Bob proposed an extension."""
    request_id = office.registered(Right.ACCESS)
    office.desk.deadlines.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    return request_id


def extension_approved(office: Office) -> UUID:
    """Two people decided on an extension."""
    request_id = extension_proposed(office)
    office.desk.deadlines.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    return request_id


def example_with_days(controller: str, days: str) -> bytes:
    """The record of the example, in which this controller has days of its own."""
    example, place = EXAMPLE.read_text(encoding="utf-8"), f"  - id: {controller}\n"
    assert place in example
    return example.replace(place, f"{place}    calendar: {days}\n").encode()


NO_EASTER_MONDAY: Final = example_with_days("callcentre-de", "{remove: [{day: 2026-04-06, source: A test}]}")


def _known_better(office: Office) -> UUID:
    """A record was adopted in which Easter Monday is no holiday, once a case counted on it."""
    request_id = office.registered(Right.ACCESS)
    office.desk.ropa.adopt(NO_EASTER_MONDAY, Call(office.ann))
    return request_id


COMMANDS = (
    Command(
        name="ask clarification",
        act=Act("ask_clarification", lambda case: {"quantity": case.sealed(), "asked_at": case.now}),
        desk=at_desk(
            "deadlines.ask_clarification",
            registered(Right.ACCESS),
            ("request.clarification-requested", "request.clock-suspended"),
            quantity="Ten years of calls.",
            asked_at=None,
        ),
        http=OverHttp("/requests/{}/clarification", roles.HANDLER, {"quantity": "Ten years of calls."}),
    ),
    Command(
        name="receive clarification",
        act=Act("receive_clarification", lambda case: {"answer": case.sealed(), "answered_at": case.now}),
        desk=at_desk(
            "deadlines.receive_clarification",
            _clarifying,
            ("request.clarification-received", "request.clock-resumed"),
            answer="All of 2025.",
            answered_at=None,
        ),
        http=OverHttp("/requests/{}/clarification/answer", roles.HANDLER, {"answer": "All of it."}),
    ),
    Command(
        name="propose an extension",
        act=Act(
            "propose_extension", lambda case: {"ground": ExtensionGround.COMPLEXITY.value, "reasons": case.sealed()}
        ),
        desk=at_desk(
            "deadlines.propose_extension",
            registered(Right.ACCESS),
            "request.extension-proposed",
            ground="complexity",
            reasons="Forty systems.",
        ),
        http=OverHttp("/requests/{}/extension", roles.HANDLER, {"ground": "complexity", "reasons": "Many systems."}),
    ),
    Command(
        name="approve an extension",
        act=Act("approve_extension", lambda case: {}, actor=APPROVER),
        desk=at_desk(
            "deadlines.decide_extension", extension_proposed, "request.extension-approved", approve=True, reason=""
        ),
        http=OverHttp("/requests/{}/extension/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline an extension",
        act=Act("decline_extension", lambda case: {"reason": case.sealed()}, actor=APPROVER),
        desk=at_desk(
            "deadlines.decide_extension",
            extension_proposed,
            "request.extension-declined",
            approve=False,
            reason="Simple enough.",
        ),
        http=OverHttp(
            "/requests/{}/extension/decision", roles.APPROVER, {"approve": False, "reason": "Simple enough."}
        ),
    ),
    Command(
        name="send the notice of an extension",
        act=Act("send_extension_notice", lambda case: {"notice": case.letter(LetterKind.EXTENSION)}),
        desk=at_desk(
            "deadlines.send_extension_notice",
            extension_approved,
            "request.deadline-extended",
            draft=letter(LetterKind.EXTENSION),
        ),
        http=OverHttp("/requests/{}/extension/notice", roles.HANDLER, bodies.notice(LetterKind.EXTENSION)),
    ),
    Command(
        name="correct the arrival",
        act=Act("correct_arrival", lambda case: {"received_at": case.request.received_at, "reason": case.sealed()}),
        desk=at_desk(
            "deadlines.correct_arrival",
            registered(Right.ACCESS),
            "request.arrival-corrected",
            received_at=lambda office, _: office.later(days=-1),
            reason="It lay at the reception.",
        ),
        http=OverHttp(
            "/requests/{}/arrival",
            roles.HANDLER,
            {"received_at": "2026-03-02T09:00:00Z", "reason": "It lay at the reception."},
        ),
    ),
    Command(
        name="correct the calendar",
        act=Act(
            "correct_calendar",
            lambda case: {
                "corrected": as_known_later(case.calendar),
                "ropa_version": case.request.calendar_version + 1,
                "reason": case.sealed(),
            },
        ),
        desk=at_desk(
            "calendars.correct",
            _known_better,
            "request.calendar-corrected",
            reason="The order on public holidays was repealed.",
        ),
        http=OverHttp(
            "/requests/{}/calendar-correction",
            roles.HANDLER,
            {"reason": "The order on public holidays was repealed."},
        ),
    ),
    Command(
        name="confirm an earlier fact",
        act=Act("confirm_earlier_fact", lambda case: {"fact": case.earlier_fact}, actor=APPROVER),
        desk=at_desk(
            "deadlines.confirm_earlier_fact", _asked_by_telephone, "request.earlier-fact-confirmed", fact=earlier_fact
        ),
        http=OverHttp("/requests/{}/earlier-facts/{}/confirmation", roles.APPROVER),
    ),
    Command(
        name="explain a deadline",
        http=OverHttp("/deadlines/explanation", roles.READER, takes_key=False, versioned=False, reads=True),
    ),
)
