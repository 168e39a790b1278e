"""Whenever the matter behind a restriction was decided for the controller, send notice before lifting it (GDPR Art.
18(3)).
"""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.rectification import AccuracyAssessed
from dsr.domain.request.refusal import ItemRefused
from dsr.domain.request.standing import Restriction, RestrictionGround
from dsr.domain.request.values import AccuracyFinding
from dsr.policies.correspondence import Correspondence


class TellBeforeLifting:
    """Whenever the matter behind a restriction was decided for the controller, send notice before lifting it (GDPR
    Art. 18(3)).
    """

    name: ClassVar[str] = "tell-before-lifting"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ItemRefused, AccuracyAssessed, ItemDone})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        case = self._letters.case(self, recorded)
        for restriction in case.restrictions.values():
            if (
                not restriction.lifted
                and restriction.told_of_lifting_at is None
                and _ends(recorded.event, restriction, case)
            ):
                about = str(restriction.restriction_id)
                self._letters.send(self, recorded, LetterKind.LIFTING, about, concerns=about)


def _ends(event: Event, restriction: Restriction, case: Request) -> bool:
    match event:
        case AccuracyAssessed(item_id=item_id, finding=AccuracyFinding.ACCURATE):
            contested = restriction.ground is RestrictionGround.ACCURACY_CONTESTED
            return contested and case.item(item_id).controller_id == case.item(restriction.item_id).controller_id
        case ItemRefused(item_id=item_id):
            return item_id == restriction.awaits
        case ItemDone(item_id=item_id):  # refused in part: what did not prevail was stopped, the rest goes on
            return item_id == restriction.awaits and bool(case.item(item_id).refused_in_part)
        case _:
            return False
