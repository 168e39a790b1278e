"""Rights that exist for a case's processing activities, and why (docs/law §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.request.basis import Verdict, verdict
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis


@dataclass(frozen=True)
class RightOnActivity:
    """One right for one activity of one answering controller."""

    controller_id: str
    activity: str
    basis: LegalBasis
    right: Right
    direct_marketing: bool
    verdict: Verdict


class RightsDesk:
    """the matrix for one case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of_case(self, request_id: UUID, caller: Caller) -> Sequence[RightOnActivity]:
        """Every right on every activity that the pinned record names for the case. Raises RequestUnknown."""
        case = self._repository.request(request_id, caller)
        return [
            RightOnActivity(
                controller_id=controller_id,
                activity=on.activity,
                basis=on.basis,
                right=right,
                direct_marketing=marketing,
                verdict=verdict(right, on, direct_marketing=marketing),
            )
            for controller_id in sorted(case.controllers)
            for on in self._repository.bases(case, controller_id)
            for right, marketing in _ASKED
        ]


_ASKED = [*((right, False) for right in Right), (Right.OBJECTION, True)]
