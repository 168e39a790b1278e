"""Forgetting a case file."""

from uuid import UUID

from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import DismissalKind, Outcome
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.maker import APPROVER, HANDLER
from tests.desk.office import Office


def dismissed(office: Office) -> UUID:
    """A closed case that nothing holds."""
    request_id = office.arrived()
    office.desk.triage.dismiss(
        request_id, office.call(request_id), kind=DismissalKind.QUESTION, reason="She asks for a price."
    )
    return request_id


def _proposed(office: Office) -> UUID:
    request_id = dismissed(office)
    call, ground = office.call(request_id, office.bob), ForgettingGround.COURT_ORDER
    office.desk.forgetting.propose(request_id, call, ground=ground, reasons="By the judgment of 3 March.")
    return request_id


COMMANDS = (
    Command(
        name="propose to forget",
        act=Act(
            "propose_forgetting",
            lambda case: {"ground": ForgettingGround.COURT_ORDER, "period": "P3Y", "reasons": case.sealed()},
        ),
        desk=at_desk(
            "forgetting.propose",
            dismissed,
            "request.forgetting-proposed",
            ground=ForgettingGround.COURT_ORDER,
            reasons="By the judgment of 3 March.",
        ),
        http=OverHttp(
            "/requests/{}/forgetting",
            roles.HANDLER,
            {"ground": "court-order", "reasons": "By the judgment of 3 March."},
        ),
    ),
    Command(
        name="order to forget",
        act=Act("approve_forgetting", lambda case: {"period": "P3Y"}, actor=APPROVER),
        desk=at_desk("forgetting.decide", _proposed, "request.forgetting-ordered", approve=True, reason=""),
        http=OverHttp("/requests/{}/forgetting/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline to forget",
        act=Act("decline_forgetting", lambda case: {"reason": case.sealed()}, actor=APPROVER),
        desk=at_desk(
            "forgetting.decide",
            _proposed,
            "request.forgetting-declined",
            approve=False,
            reason="An appeal is pending.",
        ),
        http=OverHttp(
            "/requests/{}/forgetting/decision", roles.APPROVER, {"approve": False, "reason": "An appeal is pending."}
        ),
    ),
    Command(
        name="attest that a file was forgotten",
        act=Act(
            "attest_forgetting",
            lambda case: {"keys": 2, "files": 1, "unreadable_on": None},
            actor="service:policy:forget-case-file",
        ),
    ),
    Command(
        name="forget again after a restore",
        act=Act(
            "restore_forgetting",
            lambda case: {
                "ground": ForgettingGround.COURT_ORDER,
                "proposed_by": HANDLER,
                "ordered_by": APPROVER,
                "ordered_at": case.now,
                "outcome": Outcome.FULFILLED,
                "closed_at": case.now,
            },
            actor="service:restore",
        ),
    ),
    Command(
        name="propose to forget many",
        http=OverHttp("/bulk/forgettings", roles.HANDLER, {"ground": "period", "requests": []}, versioned=False),
    ),
    Command(
        name="order to forget many",
        http=OverHttp("/bulk/forgettings/decision", roles.APPROVER, {"approve": True, "requests": []}, versioned=False),
    ),
)
