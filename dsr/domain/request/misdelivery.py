"""Misdeliveries: a package or a letter reached the wrong person (docs/law §12; GDPR Art. 5(1)(f), 33(5)).

The record of it is what an incident starts from (docs/law §13).
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_between
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class Misdelivered(StrEnum):
    """What reached the wrong person; codes are public."""

    PACKAGE = "package"
    """A package, or the link to it."""
    LETTER = "letter"
    """A letter of this case."""
    PASSWORD = "password"  # noqa: S105 - what it was, not a secret
    """The password of a package."""


class MisdeliveryRecorded(RequestEvent):
    """A package, letter or password reached the wrong person; every link to a package of the case was revoked."""

    TOPIC: ClassVar[str] = "dsr.request.misdelivery-recorded"
    misdelivery_id: UUID
    what: Misdelivered
    dispatch_id: UUID | None
    """The letter, if this service sent it."""
    export_id: UUID | None
    """The package, if it is known which one."""
    noticed_at: datetime
    account: Sealed
    """What reached whom, and how it was noticed."""

    def apply(self, case: Case) -> None:
        for item in tuple(case.items.values()):
            if item.offer is not None:
                case.items[item.item_id] = replace(item, offer=None)


@state_guard
def may_record_misdelivery(_: Case) -> None:
    """Always allowed: a misdelivery is a fact, on closed cases too."""


class MisdeliveryCommands(Case):
    """record a misdelivery."""

    def record_misdelivery(
        self,
        acting: CaseActing,
        *,
        misdelivery_id: UUID,
        what: Misdelivered,
        dispatch_id: UUID | None,
        export_id: UUID | None,
        noticed_at: datetime,
        account: Sealed | None,
    ) -> None:
        """Record that something reached the wrong person. The caller revokes every link in the same transaction.

        Raises ReasonRequired (no account), AnswerDatesInvalid (before the arrival of the request, or ahead).
        """
        may_record_misdelivery(self)
        if account is None:
            raise ReasonRequired("Say what reached whom, and how it was noticed.")
        require_between(acting, noticed_at, not_before=self.received_at)
        self.record(
            acting,
            MisdeliveryRecorded,
            misdelivery_id=misdelivery_id,
            what=what,
            dispatch_id=dispatch_id,
            export_id=export_id,
            noticed_at=noticed_at,
            account=account,
        )
