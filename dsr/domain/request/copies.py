"""What was collected for the person, and what is left out or told otherwise (GDPR Art. 15(1), (3), (4), 20(1), (4))."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dsr.domain.frozen import replace
from dsr.domain.request.attachment import Attachment
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.information_point import Correction, InformationPoint
from dsr.domain.request.others_rights import Redaction, RedactionDuty, columns_of, described_still, is_left_out


@dataclass
class Copies:
    """Assigned by events only; contents and texts are sealed."""

    data_sets: dict[UUID, DataSet] = field(default_factory=dict)
    attachments: dict[UUID, Attachment] = field(default_factory=dict)
    redaction_duties: dict[UUID, RedactionDuty] = field(default_factory=dict)
    """By the data set or attachment that holds data of somebody else, also where that is gone."""
    redactions: dict[UUID, tuple[Redaction, ...]] = field(default_factory=dict)
    """By the data set or attachment that they leave something out of."""
    redactions_confirmed: frozenset[UUID] = frozenset()
    """The data sets and attachments of which somebody confirmed that nothing of others is left in them."""
    corrections: dict[str, dict[InformationPoint, Correction]] = field(default_factory=dict)
    """By controller: what it tells the person in other words than those of the record of processing."""

    @property
    def collected(self) -> Mapping[UUID, DataSet | Attachment]:
        """All that is there to be handed over."""
        return {**self.data_sets, **self.attachments}

    def item_of(self, target_id: UUID) -> str | None:
        """The item that a data set or attachment was collected for, where the case has it."""
        found = self.data_sets.get(target_id) or self.attachments.get(target_id)
        return None if found is None else found.item_id

    def corrections_by(self, controller_id: str) -> Mapping[InformationPoint, Correction]:
        """What a controller tells the person in other words than those of the record of processing."""
        return self.corrections.get(controller_id, {})

    def redactions_of(self, target_id: UUID) -> tuple[Redaction, ...]:
        """What is left out of a data set or attachment."""
        return self.redactions.get(target_id, ())

    def redaction(self, redaction_id: UUID) -> Redaction | None:
        """The redaction of this id, if it stands."""
        standing = (each for redactions in self.redactions.values() for each in redactions)
        return next((each for each in standing if each.redaction_id == redaction_id), None)

    def is_left_in(self, target_id: UUID) -> bool:
        """Whether something of a data set or attachment leaves with a package, by what was redacted."""
        redactions, data_set = self.redactions_of(target_id), self.data_sets.get(target_id)
        if is_left_out(redactions):
            return False
        if data_set is None or not columns_of(redactions):
            return True
        return bool(described_still(data_set.fields, redactions))

    # For events ----------------------------------------------------------------------------------------------------

    def collect(self, copy: DataSet | Attachment) -> None:
        """It takes the place of the first of its kind that waits for a redacted copy."""
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
        """It is gone, and the item that it was collected for is returned.

        The place that it had taken is empty again, unless it waits for a redacted copy itself, which takes that place.
        """
        found = self.data_sets.pop(copy_id, None) or self.attachments.pop(copy_id)
        if copy_id not in self.redaction_duties:
            for original_id, duty in self.redaction_duties.items():
                if duty.copy == copy_id:
                    self.redaction_duties[original_id] = replace(duty, copy=None)
                    break
        return found.item_id

    def redact(self, target_id: UUID, redactions: tuple[Redaction, ...]) -> None:
        """This is left out of a data set or attachment, and nobody has confirmed yet that it is enough."""
        self.redactions[target_id] = redactions
        self.redactions_confirmed -= {target_id}

    def require_redaction(self, target_id: UUID) -> None:
        """A data set or attachment holds data of somebody else."""
        self.redaction_duties.setdefault(target_id, RedactionDuty(self.collected[target_id]))
        self.redactions_confirmed -= {target_id}

    def confirm(self, target_id: UUID, *, flagged_by_mistake: bool) -> None:
        """Nothing of others is left in a data set or attachment."""
        self.redactions_confirmed |= {target_id}
        if flagged_by_mistake:
            self.redaction_duties.pop(target_id, None)

    def correct(self, controller_id: str, point: InformationPoint, correction: Correction | None) -> None:
        """What a controller tells of a point; None: what the record of processing says."""
        others = {each: said for each, said in self.corrections_by(controller_id).items() if each is not point}
        self.corrections[controller_id] = others if correction is None else others | {point: correction}
