"""The DPO's opinion on one question about identity (GDPR Art. 12(6), 38(1), 39(1)(a); docs/law §10)."""

from collections.abc import MutableMapping
from typing import Any, ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import NoReasonableDoubt, ReasonRequired
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.identification import DpoOpinion
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import IdentityMethod
from dsr.domain.sealed import Sealed


class DpoOpinionGiven(RequestEvent):
    """The DPO was consulted on one question about identity (GDPR Art. 38(1), 39(1)(a); docs/law §10)."""

    TOPIC: ClassVar[str] = "dsr.request.dpo-opinion-given"
    class_version = 2
    supports: bool
    opinion: Sealed
    method: IdentityMethod | None
    """The method that the opinion is about; None in the first shape, whose opinions serve no further question."""
    doubt: Sealed | None
    """The doubt as it was drafted."""

    @staticmethod
    def upcast_v1_v2(state: MutableMapping[str, Any]) -> None:
        """Before this rule, an opinion named neither method nor doubt."""
        state["method"] = state["doubt"] = None

    def apply(self, case: Case) -> None:
        case.identity.dpo_opinions_by = (*case.identity.dpo_opinions_by, self.actor)
        case.identity.dpo_opinion = None
        if self.method is not None and self.doubt is not None:
            case.identity.dpo_opinion = DpoOpinion(self.supports, self.method, self.doubt)


@state_guard
def may_give_dpo_opinion(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


class DpoOpinionCommands(DatedCase):
    """give the DPO's opinion."""

    def give_dpo_opinion(
        self,
        acting: CaseActing,
        *,
        supports: bool,
        opinion: Sealed | None,
        method: IdentityMethod,
        doubt: Sealed | None,
    ) -> None:
        """Record the DPO's opinion on the next question with this method and this doubt.

        Raises ReasonRequired, NoReasonableDoubt, RequestIsClosed.
        """
        may_give_dpo_opinion(self)
        if opinion is None:
            raise ReasonRequired()
        if doubt is None:
            raise NoReasonableDoubt()
        self.record(acting, DpoOpinionGiven, supports=supports, opinion=opinion, method=method, doubt=doubt)
