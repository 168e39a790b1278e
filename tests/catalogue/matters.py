"""Matters: what complaints ask (docs/law §13)."""

from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.errors import MatterUnknown
from dsr.domain.matter import MatterOutcome
from dsr.domain.request.values import Channel
from tests.catalogue import roles
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.starts import arrived, nothing
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


COMMANDS = (
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
        name="close a matter",
        desk=at_desk("matters.close", _answered, "matter.closed", unknown=MatterUnknown, outcome=MatterOutcome.UPHELD),
        http=OverHttp("/matters/{}/closing", roles.HANDLER),
    ),
)
