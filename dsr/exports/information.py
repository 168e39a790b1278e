"""Information given beside a copy of the data: GDPR Art. 15(1)(a) to (h) and 15(2), from the record of processing.

The pinned record describes the processing; the handler may correct any point, since the record is about all people and
the answer about one. Corrections never remove rights or the complaint authority.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from markupsafe import Markup, escape

from dsr.domain.request.information_point import InformationPoint
from dsr.domain.ropa import Authority, DataSource, LegalBasis, ProcessingActivity, Recipient, Ropa
from dsr.exports.language import PackageLanguage


@dataclass(frozen=True)
class Information:
    """The record of processing for one controller and some categories of data subjects, with corrections."""

    record: Ropa
    """The pinned record of processing."""
    controller_id: str
    """The answering controller."""
    subjects: tuple[str, ...]
    """Categories of data subjects that the person belongs to; empty: all."""
    authority: Authority
    """The supervisory authority for complaints (Art. 77)."""
    corrections: Mapping[InformationPoint, str] = field(default_factory=dict)
    """The handler's texts in the language of the data subject; each line is one statement."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the answering controller, preferred first. Raises ControllerUnknown."""
        return self.record.controller(self.controller_id).languages

    @property
    def activities(self) -> tuple[ProcessingActivity, ...]:
        """The processing activities for these categories. Raises ControllerUnknown."""
        return tuple(
            activity
            for activity in self.record.activities_of(self.controller_id)
            if not self.subjects or set(self.subjects) & set(activity.subjects)
        )


class Quoted(str):
    """Text from the record of processing. On a page in another language it names its own (docs/law §14), as does its
    markup (WCAG 2.2, 3.1.2).
    """

    language: str
    """ISO 639-1; empty if it is the language of the page or unknown."""
    bare: str
    """Without the name of its language."""

    def __new__(cls, bare: str, language: str, marked: str) -> Self:
        """`marked`: the text with the name of its language behind it, if that is another than the page's."""
        quoted = super().__new__(cls, marked)
        quoted.bare, quoted.language = bare, language
        return quoted

    def __html__(self) -> Markup:
        """The markup within a text of the page."""
        mark = str(self).removeprefix(self.bare)
        if not self.language:
            return escape(str(self))
        return Markup('<span lang="{}">{}</span>{}').format(self.language, self.bare, mark)


@dataclass(frozen=True)
class Told:
    """One point of information for the person."""

    point: InformationPoint
    of_record: tuple[str, ...]
    """The record's text: sentences or list entries, never empty."""
    correction: tuple[str, ...]
    """The handler's text instead of it, or in addition; empty without correction."""

    @property
    def corrected(self) -> bool:
        """Whether it has a correction."""
        return bool(self.correction)

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements of the package, never empty."""
        if self.point.stays:
            return (*self.of_record, *self.correction)
        return self.correction or self.of_record


def told(information: Information, language: PackageLanguage) -> tuple[Told, ...]:
    """All points in the order of Art. 15; a point that does not apply says so."""
    return tuple(
        Told(
            point,
            of_record=_once(of_record(information, language)) or (language("point.empty"),),
            correction=_once(map(str.strip, information.corrections.get(point, "").splitlines())),
        )
        for point, of_record in _OF_RECORD.items()
    )


def as_json(information: Information, language: PackageLanguage) -> dict[str, Any]:
    """The file `information.json`."""
    return {
        "language": language.code,
        "controller": information.controller_id,
        "points": [
            {
                "point": each.point.value,
                "provision": each.point.provision,
                "title": language(f"point.{each.point}"),
                "statements": list(each.statements),
                "corrected": each.corrected,
            }
            for each in told(information, language)
        ],
    }


def _purposes(information: Information, language: PackageLanguage) -> list[str]:
    said = _quoting(information, language)
    return [
        language.sentences(
            language("purpose", purpose=said(activity.purpose), basis=language(f"basis.{activity.legal_basis}")),
            language("interests", interests=said(activity.interests)) if activity.interests else "",
            language("law", provision=said(activity.provision)) if activity.provision else "",
        )
        for activity in information.activities
    ]


def _categories(information: Information, language: PackageLanguage) -> list[str]:
    said = _quoting(information, language)
    return [
        language("category.special" if category.special else "category", name=said(category.name))
        for activity in information.activities
        for category in activity.data
    ]


def _recipients(information: Information, language: PackageLanguage) -> list[str]:
    named = [information.record.recipient(each) for each in _recipient_ids(information)]
    joint = {controller for activity in information.activities for controller in activity.controllers} - {
        information.controller_id
    }
    said = _quoting(information, language)
    lines = [line for recipient in named for line in _recipient(recipient, language, said)]
    for controller_id in sorted(joint):
        controller = information.record.controller(controller_id)
        lines.append(language("recipient.joint", name=controller.name, country=language.country(controller.country)))
    return lines or [language("recipient.none")]


def _recipient(recipient: Recipient, language: PackageLanguage, said: Callable[[str], Quoted]) -> list[str]:
    line = language(
        f"recipient.{recipient.kind}", name=said(recipient.name), country=language.country(recipient.country)
    )
    return [line] + [
        language(
            "recipient.sub",
            name=sub.name,
            country=language.country(sub.country),
            service=said(sub.service),
            of=said(recipient.name),
        )
        for sub in recipient.sub_processors
    ]


def _retention(information: Information, language: PackageLanguage) -> list[str]:
    said = _quoting(information, language)
    return [
        language(
            "retention",
            activity=said(activity.name),
            period=language.period(activity.retention.period),
            words=said(activity.retention.words),
        )
        for activity in information.activities
    ]


def _rights(information: Information, language: PackageLanguage) -> list[str]:
    """The rights that exist on the legal bases of the activities (docs/law §4)."""
    bases = {activity.legal_basis for activity in information.activities}
    portable = any(
        activity.automated and activity.legal_basis in (LegalBasis.CONSENT, LegalBasis.CONTRACT)
        for activity in information.activities
    )
    keys = ["right.rectification", "right.erasure", "right.restriction"]
    if bases & {LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK}:
        keys.append("right.objection")
    keys.append("right.marketing")
    if portable:
        keys.append("right.portability")
    if LegalBasis.CONSENT in bases:
        keys.append("right.withdrawal")
    mailbox = information.record.mailbox_of(information.controller_id)
    return [*(language(key) for key in keys), language("right.how", contact=mailbox)]


def _complaint(information: Information, language: PackageLanguage) -> list[str]:
    authority = information.authority
    lines = [
        language("complaint", name=authority.name, address=", ".join(authority.address)),
        language("complaint.reach", phone=authority.phone, web=authority.complaint_url or authority.web),
    ]
    return [*lines, language("complaint.choice"), language("complaint.court")]


def _source(information: Information, language: PackageLanguage) -> list[str]:
    named: dict[DataSource, list[str]] = {}
    for activity in information.activities:
        for category in activity.data:
            named.setdefault(category.source, []).append(category.name)
    said = _quoting(information, language)
    return [
        language(f"source.{source}", names=language.joined(map(said, dict.fromkeys(named[source]))))
        for source in DataSource
        if source in named
    ]


def _automated(information: Information, language: PackageLanguage) -> list[str]:
    said = _quoting(information, language)
    lines = [
        language(
            "automated",
            activity=said(activity.name),
            logic=said(made.logic),
            consequences=said(made.consequences),
            ground=language(f"automated.{made.ground}"),
        )
        for activity in information.activities
        if (made := activity.automated_decisions) is not None
    ]
    return [*lines, language("automated.right")] if lines else [language("automated.none")]


def _safeguards(information: Information, language: PackageLanguage) -> list[str]:
    record = information.record
    names = {one.id: one.name for one in record.recipients} | {one.id: one.name for one in record.controllers}
    lines = [
        language.sentences(
            language(
                "transfer",
                name=names.get(transfer.to, transfer.to),
                country=language.country(transfer.country),
                safeguard=language(f"safeguard.{transfer.safeguard or 'adequacy'}"),
            ),
            language("transfer.copy", where=transfer.copy_at) if transfer.copy_at else "",
        )
        for activity in information.activities
        for transfer in activity.transfers
    ]
    return lines or [language("transfer.none")]


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    """Distinct non-blank lines, in order of first appearance."""
    return tuple(dict.fromkeys(filter(None, lines)))


def _recipient_ids(information: Information) -> tuple[str, ...]:
    return information.record.recipients_of(information.controller_id, information.subjects)


def bare(text: str) -> str:
    """A text of the record without its final full stop, as it stands within a sentence."""
    return text.strip().rstrip(".。")


def quoted(record: Ropa, text: str, language: PackageLanguage) -> Quoted:
    """A text of the record in the language of the page, else in English, which is said behind it; a text that stands
    outside the record as it is.
    """
    return _quoted(record, text, language, within_sentence=False)


def _quoting(information: Information, language: PackageLanguage) -> Callable[[str], Quoted]:
    """Quote text of the record within a sentence, without its final full stop."""
    return lambda text: _quoted(information.record, text, language, within_sentence=True)


def _quoted(record: Ropa, text: str, language: PackageLanguage, *, within_sentence: bool) -> Quoted:
    if not record.is_text(text):
        return Quoted(text, "", text)
    said = record.wording(text, language.code)
    words = bare(said.text) if within_sentence else said.text.strip()
    if said.language in ("", language.code):
        return Quoted(words, "", words)
    return Quoted(words, said.language, language.marked(words, said.language))


_OF_RECORD: Final = {
    InformationPoint.PURPOSES: _purposes,
    InformationPoint.CATEGORIES: _categories,
    InformationPoint.RECIPIENTS: _recipients,
    InformationPoint.RETENTION: _retention,
    InformationPoint.RIGHTS: _rights,
    InformationPoint.COMPLAINT: _complaint,
    InformationPoint.SOURCE: _source,
    InformationPoint.AUTOMATED_DECISIONS: _automated,
    InformationPoint.SAFEGUARDS: _safeguards,
}
