"""Use cases of redaction: data of other people left out of copies (GDPR Art. 15(4), 20(4))."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Answering, Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.exports import count_values, json_records


@dataclass(frozen=True)
class RedactedPart:
    """A part to redact."""

    kind: RedactionKind
    place: str = ""
    """Pointer or field name, by the kind; empty for all of it."""
    replacement_id: UUID | None = None
    """The data set or attachment to hand over instead."""


class RedactionDesk:
    """require a redaction; redact parts; withdraw a redaction; confirm the rest."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def require(self, request_id: UUID, target_id: UUID, call: Call, *, reason: str) -> Answer:
        """Withhold a data set or attachment until it is redacted, replaced, or confirmed to hold no data of others."""
        with changing(self._repository, request_id, call, answering=_of_target(target_id)) as work:
            work.case.require_redaction(work.acting, target_id=target_id, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def redact(
        self,
        request_id: UUID,
        target_id: UUID,
        call: Call,
        *,
        parts: Sequence[RedactedPart],
        right: OthersRight,
        reason: str,
    ) -> Answer:
        """Leave parts of a data set or attachment out of packages from now on, all or none; the reason is sealed.

        The places are looked up in the collected data, which is read once. Raises RedactionHitsNothing,
        RedactionFieldUnknown (a number that is an undescribed name there), KeyDestroyed, BlobMissing, SealBroken, and
        what the domain refuses.
        """
        with changing(self._repository, request_id, call, answering=_of_target(target_id)) as work:
            case = work.case
            for part in parts:
                case.require_place(target_id, part.kind, part.place)
            values = self._values(case, target_id, [each for each in parts if each.kind.has_place])
            for part in parts:
                case.redact(
                    work.acting,
                    redaction_id=uuid4(),
                    target_id=target_id,
                    kind=part.kind,
                    place=part.place,
                    replacement_id=part.replacement_id,
                    right=right,
                    values=values.get(part),
                    reason=work.seal("reason", reason),
                )
        return work.answer

    @use_case
    def withdraw(self, request_id: UUID, redaction_id: UUID, call: Call, *, reason: str) -> Answer:
        """Withdraw a redaction."""
        with changing(self._repository, request_id, call, answering=_of_redaction(redaction_id)) as work:
            work.case.withdraw_redaction(work.acting, redaction_id=redaction_id, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def confirm(self, request_id: UUID, target_id: UUID, call: Call, *, reason: str) -> Answer:
        """Confirm that a data set or attachment, as redacted, holds no data of others; the reason is sealed."""
        with changing(self._repository, request_id, call, answering=_of_target(target_id)) as work:
            work.case.confirm_redactions(work.acting, target_id=target_id, reason=work.seal("reason", reason))
        return work.answer

    def _values(self, case: Request, target_id: UUID, parts: Sequence[RedactedPart]) -> Mapping[RedactedPart, int]:
        """Number of values at each of these places of a data set, read record by record."""
        if not parts:
            return {}
        repository, data_set = self._repository, case.copies.data_sets[target_id]
        records = json_records(
            repository.blobs.read(data_set.content, repository.keystore.open(data_set.content.key_id))
        )
        places = [(each.kind, each.place) for each in parts]
        return dict(zip(parts, count_values(records, places, {field.name for field in data_set.fields}), strict=True))


def _of_target(target_id: UUID) -> Answering:
    """The controllers that decide on a data set or attachment: those that answer its item."""

    def answering(case: Request) -> Collection[str]:
        item_id = case.copies.item_of(target_id)
        return () if item_id is None else {case.item(item_id).controller_id}

    return answering


def _of_redaction(redaction_id: UUID) -> Answering:
    """The same for a redaction of it."""

    def answering(case: Request) -> Collection[str]:
        redaction = case.copies.redaction(redaction_id)
        return () if redaction is None else _of_target(redaction.target_id)(case)

    return answering
