"""Redaction of data of other people in a copy: which parts, for whose right, for which reason (GDPR Art. 15(4),
20(4)).

Rights of others limit the copy, never the answer: the rest is handed over. There are two ways. Either the flagged data
set or attachment is discarded and a redacted copy collected to replace it. Or its parts are redacted here and somebody
confirms that no data of others is left; the package is built without these parts and says so. If nothing at all would
be left for an item, that part is refused by letter (Art. 12(4)). One flagged by mistake is handed over unchanged once
the reason for that is recorded.
"""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Invalid, Refused, Unknown
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ItemNotGranted, ReasonRequired
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.others_rights import (
    OthersRight,
    Redaction,
    RedactionKind,
    is_described,
    pointer_steps,
)
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.sealed import Sealed


class RedactionTargetUnknown(Unknown):
    """The case has no such data set or attachment."""

    code = "redaction-target-unknown"


class RedactionUnknown(Unknown):
    """The case has no such redaction."""

    code = "redaction-unknown"


class RedactionPlaceInvalid(Invalid):
    """Name the place in the form that its kind needs. `json-pointer`: a JSON Pointer (RFC 6901) that begins with a
    record, by its number from 0 or `*`, such as `/*/caller/number`. `column`: the name of a field. Every other kind:
    none.
    """

    code = "redaction-place-invalid"


class RedactionFieldUnknown(Invalid):
    """The data set describes no such field. Below a described field, use `*` or, for members of arrays, their numbers
    in a pointer.
    """

    code = "redaction-field-unknown"


class RedactionHitsNothing(Refused):
    """No record has a value at this place, so nothing would be redacted: check the names and numbers in it."""

    code = "redaction-hits-nothing"


class RedactionKindUnfit(Refused):
    """An attachment has no records or fields: leave out the whole file, or replace it."""

    code = "redaction-kind-unfit"


class ReplacementUnfit(Refused):
    """Only the kind `replaced` takes a replacement: another data set or attachment of the same item that is not left
    out itself.
    """

    code = "replacement-unfit"


class NothingRedacted(Refused):
    """There is nothing to confirm: this file has no redaction, and none was declared necessary."""

    code = "nothing-redacted"


class RedactionRequired(RequestEvent):
    """A data set or attachment holds data of another person: it is handed over redacted, or replaced by a redacted
    copy.
    """

    TOPIC: ClassVar[str] = "dsr.request.redaction-required"
    item_id: str
    target_id: UUID
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.copies.require_redaction(self.target_id)


class Redacted(RequestEvent):
    """A part of a data set or attachment is left out of every package from now on, to protect others."""

    TOPIC: ClassVar[str] = "dsr.request.redacted"
    redaction_id: UUID
    item_id: str
    target_id: UUID
    kind: RedactionKind
    place: str
    """Pointer or field name, by the kind; empty for all of it."""
    replacement_id: UUID | None
    right: OthersRight
    values: int | None
    """Number of values it removes from the records; None for all of it."""
    reason: Sealed

    def apply(self, case: Case) -> None:
        redaction = Redaction(
            redaction_id=self.redaction_id,
            target_id=self.target_id,
            kind=self.kind,
            place=self.place,
            right=self.right,
            values=self.values,
            replacement_id=self.replacement_id,
        )
        case.copies.redact(self.target_id, (*case.copies.redactions_of(self.target_id), redaction))
        case.change_copy_of(self.target_id, self.originator_version)


class RedactionWithdrawn(RequestEvent):
    """A redaction was withdrawn: that part is not another person's, or was redacted in another way."""

    TOPIC: ClassVar[str] = "dsr.request.redaction-withdrawn"
    redaction_id: UUID
    item_id: str
    target_id: UUID
    reason: Sealed

    def apply(self, case: Case) -> None:
        left = tuple(
            each for each in case.copies.redactions_of(self.target_id) if each.redaction_id != self.redaction_id
        )
        case.copies.redact(self.target_id, left)
        case.change_copy_of(self.target_id, self.originator_version)


class RedactionConfirmed(RequestEvent):
    """Somebody confirmed that a data set or attachment, as redacted, holds no data of other people any more."""

    TOPIC: ClassVar[str] = "dsr.request.redaction-confirmed"
    item_id: str
    target_id: UUID
    redaction_ids: tuple[UUID, ...]
    """Redactions in force at that time; empty if it never held data of others."""
    reason: Sealed | None
    """The reason, if it was flagged and nothing was redacted."""

    def apply(self, case: Case) -> None:
        case.copies.confirm(self.target_id, flagged_by_mistake=not self.redaction_ids)


def _require_redactable(case: Case, target_id: UUID) -> str:
    """The item that it was collected for. Raises RedactionTargetUnknown, ItemNotGranted, RequestIsClosed."""
    require_not_closed(case)
    item_id = case.copies.item_of(target_id)
    if item_id is None:
        raise RedactionTargetUnknown()
    _require_not_handed_over(case, item_id)
    return item_id


def _require_not_handed_over(case: Case, item_id: str) -> None:
    status = case.items[item_id].status
    if status is not ItemStatus.GRANTED:
        raise ItemNotGranted(item_id=item_id, status=status.value)


@state_guard
def may_require_redaction(case: Case, *, target_id: UUID) -> str:
    """The item that it was collected for. Raises RedactionTargetUnknown, ItemNotGranted, RequestIsClosed."""
    return _require_redactable(case, target_id)


@state_guard
def may_redact(case: Case, *, target_id: UUID) -> str:
    """The item that it was collected for. Raises RedactionTargetUnknown, ItemNotGranted, RequestIsClosed."""
    return _require_redactable(case, target_id)


@state_guard
def may_withdraw_redaction(case: Case, *, redaction_id: UUID) -> tuple[str, Redaction]:
    """The redaction, and the item that its target was collected for.

    Raises RedactionUnknown (also where its data set is gone), ItemNotGranted, RequestIsClosed.
    """
    require_not_closed(case)
    redaction = case.copies.redaction(redaction_id)
    item_id = None if redaction is None else case.copies.item_of(redaction.target_id)
    if redaction is None or item_id is None:
        raise RedactionUnknown()
    _require_not_handed_over(case, item_id)
    return item_id, redaction


@state_guard
def may_confirm_redactions(case: Case, *, target_id: UUID) -> str:
    """The item of a redacted or flagged data set or attachment.

    Raises RedactionTargetUnknown, ItemNotGranted, NothingRedacted, RequestIsClosed.
    """
    item_id = _require_redactable(case, target_id)
    if not case.copies.redactions_of(target_id) and target_id not in case.copies.redaction_duties:
        raise NothingRedacted()
    return item_id


class RedactionCommands(Case):
    """require a redaction; redact parts; withdraw a redaction; confirm that no data of others is left."""

    def require_redaction(self, acting: CaseActing, *, target_id: UUID, reason: Sealed | None) -> None:
        """Flag a data set or attachment: its item can't be handed over until it is confirmed, replaced or refused.

        Raises RedactionTargetUnknown, ReasonRequired, ItemNotGranted (handed over already), RequestIsClosed.
        """
        item_id = may_require_redaction(self, target_id=target_id)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RedactionRequired, item_id=item_id, target_id=target_id, reason=reason)

    def require_place(self, target_id: UUID, kind: RedactionKind, place: str) -> None:
        """Check that a part of this data set or attachment can be redacted now, before its records are read.

        Raises RedactionTargetUnknown, ItemNotGranted, RedactionKindUnfit, RedactionPlaceInvalid, RedactionFieldUnknown,
        RequestIsClosed.
        """
        may_redact(self, target_id=target_id)
        if kind.has_place is not bool(place):
            raise RedactionPlaceInvalid()
        if not kind.has_place:
            return
        if target_id not in self.copies.data_sets:
            raise RedactionKindUnfit()
        described: Collection[str] = {field.name for field in self.copies.data_sets[target_id].fields}
        if kind is RedactionKind.COLUMN:
            if place not in described:
                raise RedactionFieldUnknown()
            return
        steps = pointer_steps(place)
        if steps is None:
            raise RedactionPlaceInvalid()
        if not is_described(steps, described):
            raise RedactionFieldUnknown()

    def redact(
        self,
        acting: CaseActing,
        *,
        redaction_id: UUID,
        target_id: UUID,
        kind: RedactionKind,
        place: str,
        replacement_id: UUID | None,
        right: OthersRight,
        values: int | None,
        reason: Sealed | None,
    ) -> None:
        """Redact a part of a data set or attachment; the item then waits for a confirmation.

        `values`: number of values at the place; None if the kind has no place. Collected data does not change, so a
        place without values now will never have any. Raises RedactionTargetUnknown, ItemNotGranted (handed over
        already), RedactionKindUnfit, RedactionPlaceInvalid, RedactionFieldUnknown, RedactionHitsNothing,
        ReplacementUnfit, ReasonRequired, RequestIsClosed.
        """
        item_id = may_redact(self, target_id=target_id)
        self.require_place(target_id, kind, place)
        if kind.has_place and not values:
            raise RedactionHitsNothing()
        if (replacement_id is not None) is not (kind is RedactionKind.REPLACED):
            raise ReplacementUnfit()
        if replacement_id is not None and (
            replacement_id == target_id
            or self.copies.item_of(replacement_id) != item_id
            or not self.copies.is_left_in(replacement_id)
        ):
            raise ReplacementUnfit()
        if reason is None:
            raise ReasonRequired()
        self.record(
            acting,
            Redacted,
            redaction_id=redaction_id,
            item_id=item_id,
            target_id=target_id,
            kind=kind,
            place=place,
            replacement_id=replacement_id,
            right=right,
            values=values,
            reason=reason,
        )

    def withdraw_redaction(self, acting: CaseActing, *, redaction_id: UUID, reason: Sealed | None) -> None:
        """Withdraw a redaction; the remaining redactions have to be confirmed again.

        Raises RedactionUnknown (also where its data set is gone), ItemNotGranted, ReasonRequired, RequestIsClosed.
        """
        item_id, redaction = may_withdraw_redaction(self, redaction_id=redaction_id)
        if reason is None:
            raise ReasonRequired()
        self.record(
            acting,
            RedactionWithdrawn,
            redaction_id=redaction_id,
            item_id=item_id,
            target_id=redaction.target_id,
            reason=reason,
        )

    def confirm_redactions(self, acting: CaseActing, *, target_id: UUID, reason: Sealed | None) -> None:
        """Confirm that a data set or attachment, as redacted, holds no data of others: its item no longer waits.

        If it was flagged and not redacted, the confirmation contradicts the flag and needs a reason. Raises
        RedactionTargetUnknown, ItemNotGranted, NothingRedacted, ReasonRequired, RequestIsClosed.
        """
        item_id = may_confirm_redactions(self, target_id=target_id)
        redactions = self.copies.redactions_of(target_id)
        if not redactions and reason is None:
            raise ReasonRequired("Give the reason why it holds no data of others, although it was flagged.")
        self.record(
            acting,
            RedactionConfirmed,
            item_id=item_id,
            target_id=target_id,
            redaction_ids=tuple(each.redaction_id for each in redactions),
            reason=reason,
        )
