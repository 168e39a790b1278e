"""Information given beside a copy: shown before it is sent, corrected point by point, opened on record (GDPR Art.
15(1)).

A package uses the text of the pinned record of processing and the handler's corrections. Corrections are sealed like
every text about a person: showing the information names the corrected points and opens none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.disclosures import DisclosureDesk
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository, of_items, require_answering, require_version
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.access_information import InformationNotCorrected
from dsr.domain.request.errors import ItemOfOtherRight
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.exports import Information, language_of, told
from dsr.ropa import authority


@dataclass(frozen=True)
class PointShown:
    """One point as the package will state it."""

    point: InformationPoint
    provision: str
    title: str
    """In the language of the data subject."""
    of_record: tuple[str, ...]
    """The text of the record of processing, in the same language."""
    corrected: bool
    correction_version: int | None
    """Version of the event that holds the correction."""
    statements: tuple[str, ...] | None
    """The text for the package; None if it is sealed and was not opened."""


@dataclass(frozen=True)
class InformationShown:
    """All points in the order of Art. 15, and the version of the request."""

    version: int
    controller_id: str
    language: str
    """Language of the page: that of the data subject, else the first of the controller's that has pages, or English."""
    is_fallback: bool
    """True if another language replaces that of the data subject, which has no page."""
    points: tuple[PointShown, ...]


class AccessInformationDesk:
    """show the information; correct a point; withdraw a correction; open corrections."""

    def __init__(self, repository: Repository, disclosures: DisclosureDesk) -> None:
        self._repository = repository
        self._disclosures = disclosures

    def show(self, request_id: UUID, item_id: str, caller: Caller) -> InformationShown:
        """The information that a package of an access item would give now; corrections stay sealed.

        Raises RequestUnknown, ItemUnknown, ItemOfOtherRight.
        """
        case = self._repository.request(request_id, caller)
        _require_access(case, item_id)
        return self._shown(case, item_id, texts={})

    @use_case
    def correct(self, request_id: UUID, item_id: str, call: Call, *, point: InformationPoint, text: str) -> Answer:
        """Correct this point in the language of the data subject; each line is one statement. The text is sealed."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.correct_information(work.acting, item_id=item_id, point=point, text=work.seal("text", text))
        return work.answer

    @use_case
    def withdraw_correction(self, request_id: UUID, item_id: str, call: Call, *, point: InformationPoint) -> Answer:
        """Withdraw the correction of this point."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.withdraw_correction(work.acting, item_id=item_id, point=point)
        return work.answer

    def open(self, request_id: UUID, item_id: str, call: Call, *, purpose: DisclosurePurpose) -> InformationShown:
        """The information with its corrections opened; the opening is recorded first.

        A repeated call shows the same as the first. Raises RequestUnknown, VersionStale, ItemUnknown, ItemOfOtherRight,
        Forbidden (an item of another controller), InformationNotCorrected (nothing is sealed: use `show`),
        KeyDestroyed.
        """
        repository = self._repository
        case = repository.request(request_id, call.caller)
        is_repeated = repository.idempotency.find(call) is not None
        if not is_repeated:
            require_version(case, call.expected)
        _require_access(case, item_id)
        require_answering(case, call.caller, of_items(item_id))
        corrections = case.copies.corrections_by(case.item(item_id).controller_id)
        if not corrections and not is_repeated:
            raise InformationNotCorrected()
        repository.case_key(case)  # erased text is not shown, so nothing is recorded
        versions = tuple(each.version for each in corrections.values())
        disclosure = self._disclosures.open(request_id, call, purpose=purpose, versions=versions)
        then = repository.find_at(Request, request_id, disclosure.version)
        assert then is not None  # noqa: S101 - the opening was recorded in it
        texts = {each.version: str(each.fields["text"]) for each in disclosure.opened}
        return self._shown(then, item_id, texts)

    def _shown(self, case: Request, item_id: str, texts: Mapping[int, str]) -> InformationShown:
        """`texts`: the opened texts, keyed by event version."""
        corrections = case.copies.corrections_by(case.item(item_id).controller_id)
        opened = {point: texts[each.version] for point, each in corrections.items() if each.version in texts}
        information = information_for(self._repository, case, item_id, opened)
        language = language_of(case.language, information.languages)
        return InformationShown(
            version=case.version,
            controller_id=information.controller_id,
            language=language.code,
            is_fallback=language.is_fallback,
            points=tuple(
                PointShown(
                    point=each.point,
                    provision=each.point.provision,
                    title=language(f"point.{each.point}"),
                    of_record=each.of_record,
                    corrected=each.point in corrections,
                    correction_version=corrections[each.point].version if each.point in corrections else None,
                    statements=None if each.point in corrections.keys() - opened.keys() else each.statements,
                )
                for each in told(information, language)
            ),
        )


def information_for(
    repository: Repository, case: Request, item_id: str, corrections: Mapping[InformationPoint, str]
) -> Information:
    """The information for an item from the pinned version of the record of processing."""
    document, answering = repository.ropa.at_version(case.ropa_version).document, case.item(item_id).controller_id
    supervised_by = authority(document.controller(answering).authority)
    return Information(document, answering, case.subjects, supervised_by, corrections)


def corrections_for(repository: Repository, case: Request, item_id: str) -> dict[InformationPoint, str]:
    """The opened corrections of the controller that answers an item.

    Raises KeyDestroyed.
    """
    corrections = case.copies.corrections_by(case.item(item_id).controller_id)
    return {
        point: repository.sealer.open_json(each.text, stream_id=case.id, field="text")
        for point, each in corrections.items()
    }


def _require_access(case: Request, item_id: str) -> None:
    item = case.item(item_id)
    if item.right is not Right.ACCESS:
        raise ItemOfOtherRight(item_id=item_id, right=item.right.value)
