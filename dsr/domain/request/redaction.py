"""Data of somebody else in a copy: what is left out of it, by whose right, for which reason (GDPR Art. 15(4), 20(4)).

Third parties' rights limit the copy, never the answer: the rest is handed over. Two ways lead there. What was flagged
is discarded, and a redacted copy is collected in its place. Or its parts are redacted here, and somebody confirms that
nothing of others is left in it; the package is then built without them and says so. Where nothing at all would be left
for an item, that part of it is refused, with its letter (Art. 12(4)). What was flagged by mistake leaves as it is once
somebody says why nothing in it is somebody else's.
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
    """`replaced`, and no other kind, needs a replacement: another data set or attachment of the same item that is not
    left out itself.
    """

    code = "replacement-unfit"


class NothingRedacted(Refused):
    """There is nothing to confirm: this file has no redaction, and none was declared necessary."""

    code = "nothing-redacted"


class RedactionRequired(RequestEvent):
    """A data set or attachment holds data of somebody else: it leaves redacted, or as a redacted copy in its place."""

    TOPIC: ClassVar[str] = "dsr.request.redaction-required"
    item_id: str
    target_id: UUID
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.copies.require_redaction(self.target_id)


class Redacted(RequestEvent):
    """A part of a data set or attachment is somebody else's, and leaves with no package from now on."""

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
    """How many values it takes out of the records; None for all of it."""
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
    """A redaction was taken back: that part is not somebody else's, or was redacted otherwise."""

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
    """Somebody looked: with its redactions, a data set or attachment holds nothing any more that is somebody else's."""

    TOPIC: ClassVar[str] = "dsr.request.redaction-confirmed"
    item_id: str
    target_id: UUID
    redaction_ids: tuple[UUID, ...]
    """All that stood at that time; none, where it never held anything of others."""
    reason: Sealed | None
    """Why, where it was flagged and nothing of it was redacted."""

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
    if case.items[item_id].status is not ItemStatus.GRANTED:
        raise ItemNotGranted(item_id=item_id)


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
    """The redaction, after the item that its target was collected for.

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
    """The item of what was redacted, or was flagged.

    Raises RedactionTargetUnknown, ItemNotGranted, NothingRedacted, RequestIsClosed.
    """
    item_id = _require_redactable(case, target_id)
    if not case.copies.redactions_of(target_id) and target_id not in case.copies.redaction_duties:
        raise NothingRedacted()
    return item_id


class RedactionCommands(Case):
    """require that something is redacted; redact parts; take that back; confirm that nothing of others is left."""

    def require_redaction(self, acting: CaseActing, *, target_id: UUID, reason: Sealed | None) -> None:
        """Keep a data set or attachment, and the item, from leaving until it is confirmed, replaced, or refused.

        Raises RedactionTargetUnknown, ReasonRequired, ItemNotGranted (handed over already), RequestIsClosed.
        """
        item_id = may_require_redaction(self, target_id=target_id)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RedactionRequired, item_id=item_id, target_id=target_id, reason=reason)

    def require_place(self, target_id: UUID, kind: RedactionKind, place: str) -> None:
        """Whether a part of this data set or attachment can be left out now, before its records are looked at.

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
        """Leave a part of a data set or attachment out of what is handed over; the item waits for a confirmation.

        `values`: how many values stand at the place; None where the kind has no place. What was collected does not
        change, so a place that hits nothing now never will.
        Raises RedactionTargetUnknown, ItemNotGranted (handed over already), RedactionKindUnfit, RedactionPlaceInvalid,
        RedactionFieldUnknown, RedactionHitsNothing, ReplacementUnfit, ReasonRequired, RequestIsClosed.
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
        """Take a redaction back; what stands of the others has to be confirmed anew.

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
        """Say that nothing of others is left in a data set or attachment, as redacted: it no longer waits.

        Of what was flagged and not redacted that is a finding against the flag, and needs its reason.
        Raises RedactionTargetUnknown, ItemNotGranted, NothingRedacted, ReasonRequired, RequestIsClosed.
        """
        item_id = may_confirm_redactions(self, target_id=target_id)
        redactions = self.copies.redactions_of(target_id)
        if not redactions and reason is None:
            raise ReasonRequired("Say why nothing in it is somebody else's, although it was flagged.")
        self.record(
            acting,
            RedactionConfirmed,
            item_id=item_id,
            target_id=target_id,
            redaction_ids=tuple(each.redaction_id for each in redactions),
            reason=reason,
        )
