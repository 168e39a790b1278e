"""What is told beside a copy of the data: GDPR Art. 15(1)(a) to (h) and 15(2), from the record of processing.

The record that the case pinned says what is done; who handles the case corrects any point, since the record speaks of
all people and the answer of one. Of rights and complaint nothing is taken away by that.
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
    """What the record of processing says of one controller and some categories of people, with its corrections."""

    record: Ropa
    """As the case pinned it."""
    controller_id: str
    """Who answers."""
    subjects: tuple[str, ...]
    """Categories of data subjects that the person belongs to; empty: all."""
    authority: Authority
    """To which the person may complain (Art. 77)."""
    corrections: Mapping[InformationPoint, str] = field(default_factory=dict)
    """In the words of who handles the case and in the language of the data subject; each line is a statement."""

    @property
    def activities(self) -> tuple[ProcessingActivity, ...]:
        """What is done with data of such people. Raises ControllerUnknown."""
        return tuple(
            activity
            for activity in self.record.activities_of(self.controller_id)
            if not self.subjects or set(self.subjects) & set(activity.subjects)
        )


class Quoted(str):
    """Words of the record of processing: on a page in another language they say in which they are (WCAG 2.2, 3.1.2)."""

    language: str
    """ISO 639-1; empty where it is that of the page, or not known."""

    def __new__(cls, text: str, language: str) -> Self:
        """`text` as it stands in the record."""
        quoted = super().__new__(cls, text)
        quoted.language = language
        return quoted

    def __html__(self) -> Markup:
        """As it stands within a text of the page."""
        text = escape(str(self))
        return Markup('<span lang="{}">{}</span>').format(self.language, text) if self.language else text


@dataclass(frozen=True)
class Told:
    """One point, as the person reads it."""

    point: InformationPoint
    of_record: tuple[str, ...]
    """What the record of processing says: sentences or entries of a list, never empty."""
    correction: tuple[str, ...]
    """What who handles the case says instead, or besides; empty where nothing was corrected."""

    @property
    def corrected(self) -> bool:
        """Whether it is not as the record says."""
        return bool(self.correction)

    @property
    def statements(self) -> tuple[str, ...]:
        """What the package says, never nothing."""
        if self.point.stays:
            return (*self.of_record, *self.correction)
        return self.correction or self.of_record


def told(information: Information, language: PackageLanguage) -> tuple[Told, ...]:
    """Every point in the order of Art. 15; none is left out, and what does not happen is said not to happen."""
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
    quoted = _quoting(information, language)
    return [
        language("purpose", purpose=quoted(activity.purpose), basis=language(f"basis.{activity.legal_basis}"))
        + (" " + language("interests", interests=quoted(activity.interests)) if activity.interests else "")
        + (" " + language("law", provision=activity.provision) if activity.provision else "")
        for activity in information.activities
    ]


def _categories(information: Information, language: PackageLanguage) -> list[str]:
    quoted = _quoting(information, language)
    return [
        language("category.special" if category.special else "category", name=quoted(category.name))
        for activity in information.activities
        for category in activity.data
    ]


def _recipients(information: Information, language: PackageLanguage) -> list[str]:
    named = [information.record.recipient(each) for each in _recipient_ids(information)]
    joint = {controller for activity in information.activities for controller in activity.controllers} - {
        information.controller_id
    }
    quoted = _quoting(information, language)
    lines = [line for recipient in named for line in _recipient(recipient, language, quoted)]
    for controller_id in sorted(joint):
        controller = information.record.controller(controller_id)
        lines.append(language("recipient.joint", name=controller.name, country=language.country(controller.country)))
    return lines or [language("recipient.none")]


def _recipient(recipient: Recipient, language: PackageLanguage, quoted: Callable[[str], Quoted]) -> list[str]:
    line = language(f"recipient.{recipient.kind}", name=recipient.name, country=language.country(recipient.country))
    return [line] + [
        language(
            "recipient.sub",
            name=sub.name,
            country=language.country(sub.country),
            service=quoted(sub.service),
            of=recipient.name,
        )
        for sub in recipient.sub_processors
    ]


def _retention(information: Information, language: PackageLanguage) -> list[str]:
    quoted = _quoting(information, language)
    return [
        language(
            "retention",
            activity=quoted(activity.name),
            period=language.period(activity.retention.period),
            words=quoted(activity.retention.words),
        )
        for activity in information.activities
    ]


def _rights(information: Information, language: PackageLanguage) -> list[str]:
    """Only those that exist on the legal bases of what is done (docs/law §4)."""
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
    quoted = _quoting(information, language)
    return [
        language(f"source.{source}", names=quoted("; ".join(dict.fromkeys(named[source]))))
        for source in DataSource
        if source in named
    ]


def _automated(information: Information, language: PackageLanguage) -> list[str]:
    quoted = _quoting(information, language)
    lines = [
        language(
            "automated",
            activity=quoted(activity.name),
            logic=quoted(made.logic),
            consequences=quoted(made.consequences),
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
        language(
            "transfer",
            name=names.get(transfer.to, transfer.to),
            country=language.country(transfer.country),
            safeguard=language(f"safeguard.{transfer.safeguard or 'adequacy'}"),
        )
        + (" " + language("transfer.copy", where=transfer.copy_at) if transfer.copy_at else "")
        for activity in information.activities
        for transfer in activity.transfers
    ]
    return lines or [language("transfer.none")]


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    """Each line that says something, where it comes first."""
    return tuple(dict.fromkeys(filter(None, lines)))


def _recipient_ids(information: Information) -> tuple[str, ...]:
    return information.record.recipients_of(information.controller_id, information.subjects)


def _quoting(information: Information, language: PackageLanguage) -> Callable[[str], Quoted]:
    """How words of the record are quoted: without the full stop at their end, since they stand within a sentence."""
    written_in = information.record.language
    foreign = "" if written_in == language.code else written_in
    return lambda text: Quoted(text.strip().removesuffix("."), foreign)


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
