"""Data collected for the person, with its redactions and corrections (GDPR Art. 15(1), (3), (4), 20(1), (4))."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dsr.domain.frozen import replace
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.information_point import Correction, InformationPoint
from dsr.domain.request.others_rights import Redaction, RedactionDuty, columns_of, described_still, is_left_out
from dsr.domain.request.values import Provenance


@dataclass
class Copies:
    """Collected data of a case, assigned by events only; contents and texts are sealed."""

    data_sets: dict[UUID, DataSet] = field(default_factory=dict)
    attachments: dict[UUID, Attachment] = field(default_factory=dict)
    redaction_duties: dict[UUID, RedactionDuty] = field(default_factory=dict)
    """Keyed by the data set or attachment that holds data of another person, even if it was discarded."""
    redactions: dict[UUID, tuple[Redaction, ...]] = field(default_factory=dict)
    """Keyed by the data set or attachment that they redact."""
    redactions_confirmed: frozenset[UUID] = frozenset()
    """The data sets and attachments confirmed to hold no data of other people any more."""
    corrections: dict[str, dict[InformationPoint, Correction]] = field(default_factory=dict)
    """Keyed by controller: its corrections of the record's text."""

    @property
    def collected(self) -> Mapping[UUID, DataSet | Attachment]:
        """All data sets and attachments to hand over."""
        return {**self.data_sets, **self.attachments}

    def item_of(self, target_id: UUID) -> str | None:
        """The item that a data set or attachment was collected for, if the case holds it."""
        found = self.data_sets.get(target_id) or self.attachments.get(target_id)
        return None if found is None else found.item_id

    def corrections_by(self, controller_id: str) -> Mapping[InformationPoint, Correction]:
        """A controller's corrections of the record's text."""
        return self.corrections.get(controller_id, {})

    def redactions_of(self, target_id: UUID) -> tuple[Redaction, ...]:
        """The redactions of a data set or attachment."""
        return self.redactions.get(target_id, ())

    def redaction(self, redaction_id: UUID) -> Redaction | None:
        """The redaction of this id, if it stands."""
        standing = (each for redactions in self.redactions.values() for each in redactions)
        return next((each for each in standing if each.redaction_id == redaction_id), None)

    def replaced_for(self, item_id: str) -> Iterator[str]:
        """Names of the data sets and attachments of an item that were discarded for a redacted copy of themselves."""
        for original_id, duty in self.redaction_duties.items():
            if duty.original.item_id == item_id and original_id not in self.collected and duty.copy is not None:
                yield duty.original.name

    def is_whole(self, item_id: str, *, inferred: bool) -> bool:
        """Whether everything that was collected for an item is in its package; data that was `inferred` may count."""
        collected = [(copy_id, each) for copy_id, each in self.collected.items() if each.item_id == item_id]
        withheld = [duty for key, duty in self.redaction_duties.items() if key not in self.collected]
        return (
            not any(self.redactions_of(copy_id) for copy_id, _ in collected)
            and not any(duty.original.item_id == item_id for duty in withheld)
            and (inferred or not any(_is_inferred_in_part(each) for _, each in collected))
        )

    def is_left_in(self, target_id: UUID) -> bool:
        """Whether any content of a data set or attachment remains in a package after redaction."""
        redactions, data_set = self.redactions_of(target_id), self.data_sets.get(target_id)
        if is_left_out(redactions):
            return False
        if data_set is None or not columns_of(redactions):
            return True
        return bool(described_still(data_set.fields, redactions))

    # For events ----------------------------------------------------------------------------------------------------

    def collect(self, copy: DataSet | Attachment) -> None:
        """Add a data set or attachment; it replaces the first of its kind that waits for a redacted copy."""
        if isinstance(copy, DataSet):
            copy_id = copy.data_set_id
            self.data_sets[copy_id] = copy
        else:
            copy_id = copy.attachment_id
            self.attachments[copy_id] = copy
        for original_id, duty in self.redaction_duties.items():
            if duty.waits_for(copy):
                self.redaction_duties[original_id] = replace(duty, copy=copy_id)
                return

    def discard(self, copy_id: UUID) -> str:
        """Remove a data set or attachment; return its item.

        A replaced one waits for a redacted copy again, unless the removed one waits for such a copy itself, which then
        replaces it.
        """
        found = self.data_sets.pop(copy_id, None) or self.attachments.pop(copy_id)
        if copy_id not in self.redaction_duties:
            for original_id, duty in self.redaction_duties.items():
                if duty.copy == copy_id:
                    self.redaction_duties[original_id] = replace(duty, copy=None)
                    break
        return found.item_id

    def redact(self, target_id: UUID, redactions: tuple[Redaction, ...]) -> None:
        """Add a redaction to a data set or attachment; its sufficiency has to be confirmed again."""
        self.redactions[target_id] = redactions
        self.redactions_confirmed -= {target_id}

    def require_redaction(self, target_id: UUID) -> None:
        """Record that a data set or attachment holds data of another person."""
        self.redaction_duties.setdefault(target_id, RedactionDuty(self.collected[target_id]))
        self.redactions_confirmed -= {target_id}

    def confirm(self, target_id: UUID, *, flagged_by_mistake: bool) -> None:
        """Record that a data set or attachment holds no data of other people any more."""
        self.redactions_confirmed |= {target_id}
        if flagged_by_mistake:
            self.redaction_duties.pop(target_id, None)

    def correct(self, controller_id: str, point: InformationPoint, correction: Correction | None) -> None:
        """Set a controller's correction of a point; None restores the record's text."""
        others = {each: said for each, said in self.corrections_by(controller_id).items() if each is not point}
        self.corrections[controller_id] = others if correction is None else others | {point: correction}


def _is_inferred_in_part(copy: DataSet | Attachment) -> bool:
    parts = {each.provenance for each in copy.fields} if isinstance(copy, DataSet) else set()
    return Provenance.INFERRED in {copy.provenance, *parts}
