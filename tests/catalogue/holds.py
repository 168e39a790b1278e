"""What may not be deleted yet, and who has to be told of what was (GDPR Art. 17(3), 19)."""

from uuid import UUID

from dsr.desk.new_case import Person
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.standing import HoldKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.starts import ERASURE, arrived, erased, first, registered
from tests.desk.office import Office


def first_hold(office: Office, request_id: UUID) -> UUID:
    """The first hold of the case, or one that is none."""
    return first(office.case(request_id).holds)


COMMANDS = (
    Command(
        name="place a hold",
        act=Act(
            "place_hold",
            lambda case: {
                "hold_id": case.uuid(),
                "kind": HoldKind.LEGAL,
                "controller_id": case.request.controller_id,
                "activities": ("telephony",),
                "systems": ("crm",),
                "reason": case.sealed(),
            },
        ),
        desk=at_desk(
            "holds.place",
            arrived,
            "request.hold-placed",
            kind=HoldKind.LEGAL,
            controller_id=None,
            activities=("customer-calls",),
            systems=(),
            reason="She sued.",
        ),
        http=OverHttp("/requests/{}/holds", roles.HANDLER, {"systems": ["crm"], "reason": "She sued."}),
    ),
    Command(
        name="release a hold",
        act=Act(
            "release_hold", lambda case, hold_id=None: {"hold_id": hold_id or case.hold_id, "reason": case.sealed()}
        ),
        # A case of access: what would be deleted before it is answered is on hold.
        desk=at_desk("holds.release", registered(Right.ACCESS), "request.hold-released", first_hold, reason="Settled."),
        http=OverHttp("/requests/{}/holds/{}/release", roles.HANDLER, {"reason": "Settled."}),
    ),
    Command(
        name="add a recipient",
        act=Act(
            "add_recipient",
            lambda case, item_id: {"item_id": item_id, "contact": case.sealed(), "reason": case.sealed()},
        ),
        desk=at_desk(
            "recipients.add",
            erased,
            "request.recipient-added",
            ERASURE,
            contact=Person(name="Court of Berlin", email="post@court.example"),
            reason="It got the recording of 2 March, says the legal department.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/recipients/addition",
            roles.HANDLER,
            {
                "contact": {"name": "Court of Berlin", "email": "post@court.example"},
                "reason": "It got the recording of 2 March, says the legal department.",
            },
        ),
    ),
    Command(
        name="tell a recipient",
        act=Act(
            "tell_recipient",
            lambda case, item_id: {
                "item_id": item_id,
                "recipient": "dialler",
                "told_at": case.now,
                "channel": Channel.EMAIL,
            },
        ),
        desk=at_desk(
            "recipients.tell",
            erased,
            "request.recipient-told",
            ERASURE,
            recipient="telephony",
            told_at=None,
            channel=Channel.EMAIL,
        ),
        http=OverHttp(
            "/requests/{}/items/{}/recipients", roles.EXECUTOR, {"recipient": "telephony", "channel": "email"}
        ),
    ),
    Command(
        name="excuse a recipient",
        act=Act(
            "excuse_recipient",
            lambda case, item_id: {
                "item_id": item_id,
                "recipient": "dialler",
                "obstacle": Obstacle.IMPOSSIBLE,
                "explanation": case.sealed(),
            },
        ),
        desk=at_desk(
            "recipients.excuse",
            erased,
            "request.recipient-excused",
            ERASURE,
            recipient="telephony",
            obstacle=Obstacle.IMPOSSIBLE,
            explanation="It went out of business.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/recipients/excuse",
            roles.HANDLER,
            {"recipient": "telephony", "obstacle": "impossible", "explanation": "It no longer exists."},
        ),
    ),
    Command(
        name="check suppressions",
        http=OverHttp("/suppressions/check", roles.EXECUTOR, takes_key=False, versioned=False),
    ),
    Command(name="check holds", http=OverHttp("/holds/check", roles.EXECUTOR, takes_key=False, versioned=False)),
)
