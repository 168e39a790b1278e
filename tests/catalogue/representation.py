"""Who acts for the person who asks."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.starts import registered
from tests.desk.office import Office

_AUTHORITY: Final[dict[str, Any]] = {
    "kind": RepresentativeKind.PARENT,
    "evidence": "Birth certificate, seen.",
    "rights": (Right.ACCESS, Right.ERASURE),
    "expires_on": date(2031, 5, 1),
    "for_child": True,
    "conflict_assessed": True,
    "conflict": False,
    "answer_to": AnswerTo.BOTH,
}


def _represented(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.representation.accept(request_id, office.call(request_id), **_AUTHORITY)
    return request_id


COMMANDS = (
    Command(
        name="accept a representation",
        act=Act(
            "accept_representation",
            lambda case, *rights: {
                "kind": RepresentativeKind.AGENT,
                "evidence": case.sealed(),
                "rights": rights or tuple(Right),
                "conflict_assessed": True,
                "conflict": False,
                "child_age": 16,
                "expires_on": None,
                "answer_to": AnswerTo.REPRESENTATIVE,
            },
        ),
        desk=at_desk(
            "representation.accept", registered(Right.ACCESS), "request.representation-accepted", **_AUTHORITY
        ),
        http=OverHttp(
            "/requests/{}/representation",
            roles.HANDLER,
            {
                "kind": "agent",
                "evidence": "A signed mandate, seen.",
                "rights": ["access"],
                "conflict_assessed": True,
                "conflict": False,
                "answer_to": "both",
            },
        ),
    ),
    Command(
        name="end a representation",
        act=Act("end_representation", lambda case: {"reason": case.sealed()}),
        desk=at_desk(
            "representation.end",
            _represented,
            ("request.representation-ended", "request.subject-access-ended"),
            reason="Came of age.",
        ),
        http=OverHttp("/requests/{}/representation/ending", roles.HANDLER, {"reason": "Came of age."}),
    ),
)
