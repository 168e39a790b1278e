"""Fills in answers to rights with everything that follows from the case; the handler writes the rest.

Only a person can say what else an erasure kept, for example. A draft names the statements it still needs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from dsr.catalogues import ENGLISH
from dsr.desk.access_information import corrections_for, information_for
from dsr.desk.dispatching.case_file import CaseFile, Subject
from dsr.desk.dispatching.notices import Filled
from dsr.desk.dispatching.searched import searched
from dsr.desk.kept import kept_by_itself
from dsr.desk.repository import activities_of
from dsr.domain.events import Event
from dsr.domain.request.automated_decision import DecisionReviewed, ReviewFinding
from dsr.domain.request.consent import ConsentWithdrawn
from dsr.domain.request.ending import EndApproved, EndProposed
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.identity import IdentityFailed, IdentityRequested
from dsr.domain.request.information import CopySent
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.item import Item
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.recipients import RecipientTold
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart, RefusalProposed
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.transfer import DataTransmitted
from dsr.domain.request.values import ItemStatus
from dsr.exports.information import Information, told
from dsr.exports.language import PackageLanguage, language_of
from dsr.letters.fields import (
    CalendarDate,
    Coded,
    Entry,
    FreeText,
    KeptData,
    Nothing,
    Package,
    Processed,
    RefusedItem,
    Statement,
    Things,
)

Link = Callable[[str], Package | None]
"""The link to the package of an item, by the id of the item; None where no link is offered."""

_UNIDENTIFIED: Final = "GDPR Art. 11(2), 12(2), 12(6)"
"""Why nothing is done for a person who could not be identified."""


def access(file: CaseFile, subject: Subject, link: Link) -> Filled:
    """GDPR Art. 15(1) to (3)."""
    language = file.language
    controller = file.controller(subject)
    item_id = file.items(subject)[0].item_id
    corrections = corrections_for(file.repository, file.case, item_id)
    information = information_for(file.repository, file.case, item_id, corrections)
    points = points_of(information, language_of(language, information.languages))
    in_english = points_of(information, language_of(ENGLISH), quoting=language)
    activities = information.activities
    stated: dict[str, Statement | None] = {
        code: Things(tuple(map(Entry, points[point])), tuple(map(Entry, in_english[point])))
        for code, point in TOLD.items()
    }
    if not any(activity.automated_decisions for activity in activities):
        stated["automated-decisions"] = Nothing()
    if not any(activity.transfers for activity in activities):
        stated["transfer-safeguards"] = Nothing()
    return {
        **stated,
        "processed-or-not": Processed(yes=True),
        "copy": _package(subject, link),
        "searched": searched(file, subject),
        "complaint": file.complaint_to(controller),
    }


TOLD: Final = {
    "purposes": InformationPoint.PURPOSES,
    "categories": InformationPoint.CATEGORIES,
    "retention": InformationPoint.RETENTION,
    "source": InformationPoint.SOURCE,
    "recipients": InformationPoint.RECIPIENTS,
    "automated-decisions": InformationPoint.AUTOMATED_DECISIONS,
    "transfer-safeguards": InformationPoint.SAFEGUARDS,
}
"""Statements that a package makes as well, in the same words."""


def points_of(
    information: Information, language: PackageLanguage, *, quoting: str | None = None
) -> dict[InformationPoint, tuple[str, ...]]:
    """What a package tells in this language. `quoting`: the language of the handler's corrections, if it is another."""
    if quoting not in (None, language.code):
        marked = {
            point: "\n".join(language.marked(line.strip(), quoting) for line in text.splitlines() if line.strip())
            for point, text in information.corrections.items()
        }
        information = replace(information, corrections=marked)
    return {each.point: each.statements for each in told(information, language)}


def portability(file: CaseFile, subject: Subject, link: Link) -> Filled:
    """GDPR Art. 20."""
    sent = list(file.all_of(DataTransmitted, lambda event: event.item_id in subject.item_ids))
    entries = tuple(Entry(each.target, on=file.local_date(each.sent_at)) for each in reversed(sent))
    # Whoever assessed whether it is feasible was asked for a direct transfer: only a person can say what became of it.
    asked = any(item.transfer_feasible is not None for item in file.items(subject))
    unsent = None if asked else Nothing()
    return {
        "export": _package(subject, link),
        "direct-transfer": Things(entries) if entries else unsent,
        "searched": searched(file, subject),
    }


def effect(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """What was done, where and when, and which recipients were told (GDPR Art. 12(3), 19)."""
    done, stopped, withdrawn = (
        _last_of_each(file, subject, ItemDone),
        _last_of_each(file, subject, ProcessingStopped),
        _last_of_each(file, subject, ConsentWithdrawn),
    )
    systems = dict.fromkeys(
        [*(s for event in done for s in event.systems), *(s for event in stopped for s in event.systems)]
    )
    systems |= dict.fromkeys(file.document.systems_of(each for event in withdrawn for each in event.activities))
    moments = [event.done_at for event in done] or [event.stopped_at for event in withdrawn]
    moments = moments or [event.timestamp for event in stopped]
    kept = kept_by_itself(file.document, file.case, file.items(subject))
    return {
        "what-was-done": _joined(file.words(event, "account") for event in done),
        "where": _things(file.document.system(system).name for system in systems),
        "when": CalendarDate(file.local_date(max(moments))) if moments else None,
        "kept-and-why": kept,
        "recipients-told": _recipients_told(file, subject),
        **({"complaint": file.complaint_to(file.controller(subject))} if isinstance(kept, KeptData) else {}),
    }


def searched_effect(file: CaseFile, subject: Subject, link: Link) -> Filled:
    """The same for a right with a search list: also where the data was searched for."""
    return {**effect(file, subject, link), "searched": searched(file, subject)}


def automated_decision(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """GDPR Art. 22(3). The reviewer stays unnamed: the service tells no person a staff identifier."""
    reviewed = file.last(DecisionReviewed, lambda event: event.item_id in subject.item_ids)
    if reviewed is None:
        return {}
    if reviewed.finding is ReviewFinding.NONE_MADE:
        return {"decision-or-none": Nothing(), "reviewer": Nothing(), "result": Nothing()}
    named = (file.document.activity(each).name for each in reviewed.activities)
    return {"decision-or-none": _things(named), "reviewer": None, "result": file.words(reviewed, "result")}


def information(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """GDPR Art. 13, 14. The letter names the copies that were handed out, and sums up what was redacted in them."""
    return {"information": None, **_clauses(file, subject)}


def contract_clauses(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """GDPR Art. 13(1)(f), 15(2), 46(2)."""
    return _clauses(file, subject)


def refusal(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """GDPR Art. 12(4). `refused` gives the refused parts."""
    return {"authority": file.complaint_to(file.controller(subject))}


def ending(file: CaseFile, subject: Subject, _: Link) -> Filled:
    """GDPR Art. 12(4): that the case ends, why, and the remedies."""
    approved = file.last(EndApproved)
    proposed = None if approved is None else file.last(EndProposed, lambda event: _precedes(event, approved))
    return {
        "ending": None if approved is None else Coded(approved.end.value),
        "why": None if proposed is None else file.words(proposed, "reasons"),
        "authority": file.complaint_to(file.controller(subject)),
    }


def _precedes(event: Event, other: Event) -> bool:
    return event.originator_version < other.originator_version


def nothing_held(file: CaseFile, subject: Subject) -> Filled:
    """The answer to any right for which no data was found (GDPR Art. 15(1))."""
    return {
        "processed-or-not": Processed(yes=False),
        "searched": searched(file, subject),
        "complaint": file.complaint_to(file.controller(subject)),
    }


def refused(file: CaseFile, subject: Subject) -> tuple[RefusedItem, ...]:
    """Each item, or part of one, that two people decided to refuse; or that the person could not be identified."""
    if subject.kind is LetterKind.REFUSAL and not subject.item_ids:
        return _unidentified(file)
    return tuple(part for item in file.items(subject) for part in _refusals_of(file, item))


def _refusals_of(file: CaseFile, item: Item) -> Iterable[RefusedItem]:
    """The proposals behind the decisions that stand: the last one for the whole item, each one for parts of it."""
    whole = item.status is ItemStatus.REFUSED
    proposed: RefusalProposed | None = None
    found: list[RefusedItem] = []
    for event in file.events:
        if isinstance(event, RefusalProposed) and event.item_id == item.item_id:
            proposed = event
        elif isinstance(event, ItemRefused | ItemRefusedInPart) and event.item_id == item.item_id and proposed:
            part = isinstance(event, ItemRefusedInPart)
            stands = set(proposed.extent) <= set(item.refused_in_part) if part else whole
            if stands:
                found = [each for each in found if part] + [_refused(file, item, proposed, in_part=part)]
    return found


def _refused(file: CaseFile, item: Item, proposed: RefusalProposed, *, in_part: bool) -> RefusedItem:
    def told(*names: str) -> FreeText:
        """What the file holds, unless the law forbids telling it."""
        said = None if proposed.withheld_under else _joined(file.words(proposed, name) for name in names)
        return said or FreeText("")

    return RefusedItem(
        right=item.right,
        provision=proposed.provision if proposed.tells_provision else "",
        reasons=told("reasons"),
        facts=told("facts", "intent"),
        extent=tuple(map(file.named, proposed.extent)) if in_part else (),
        withheld=bool(proposed.withheld_under),
    )


def _unidentified(file: CaseFile) -> tuple[RefusedItem, ...]:
    failed, asked = file.last(IdentityFailed), file.last(IdentityRequested)
    if failed is None or asked is None:
        return ()
    return (
        RefusedItem(
            right=None,
            provision=_UNIDENTIFIED,
            reasons=file.words(failed, "reason") or FreeText(""),
            facts=file.words(asked, "doubt") or FreeText(""),
        ),
    )


OfItem = TypeVar("OfItem", ItemDone, ProcessingStopped, ConsentWithdrawn)


def _last_of_each(file: CaseFile, subject: Subject, kind: type[OfItem]) -> list[OfItem]:
    """The last event of this type for each item of the letter."""
    last = {event.item_id: event for event in file.events if isinstance(event, kind)}
    return [last[item_id] for item_id in subject.item_ids if item_id in last]


def _package(subject: Subject, link: Link) -> Package | None:
    return next(filter(None, map(link, subject.item_ids)), None)


def _clauses(file: CaseFile, subject: Subject) -> Filled:
    """Contract clauses that were handed out, and a summary of what was redacted in them."""
    sent = [
        event
        for event in file.all_of(CopySent, lambda event: event.item_id in subject.item_ids)
        if event.kind is CopyKind.CONTRACT_CLAUSES
    ]
    if not sent:
        return {}
    names = {each.id: each.name for each in file.document.recipients}
    names |= {each.id: each.name for each in file.document.controllers}
    entries = tuple(
        Entry(names.get(each.of or "", each.of or each.kind.value), on=file.local_date(each.sent_at))
        for each in reversed(sent)
    )
    summary = _joined(file.words(event, "summary") for event in reversed(sent))
    return {"clauses": Things(entries), "redaction-summary": summary or Nothing()}


def _recipients_told(file: CaseFile, subject: Subject) -> Statement | None:
    """The recipients that were told, by name; None while one is untold.

    `Nothing` only if the record of processing names no recipient of this data; where it names one that no duty told
    of this, the letter says that nobody was told.
    """
    ledger = {of: settled for of, settled in file.case.recipients.items() if of[0] in subject.item_ids}
    if not ledger:
        return Coded("nobody-told") if any(_disclosed(file, item) for item in file.items(subject)) else Nothing()
    if not all(ledger.values()):
        return None
    told: dict[tuple[str, str], datetime] = {}
    for event in file.events:  # what was done again was told again
        if isinstance(event, ItemDone):
            told = {of: at for of, at in told.items() if of[0] != event.item_id or of[1] not in event.recipients}
        elif isinstance(event, RecipientTold):
            told[event.item_id, event.recipient] = event.told_at
    entries = tuple(
        Entry(file.recipient_name(of[1]), on=file.local_date(told[of])) for of in sorted(ledger) if of in told
    )
    return Things(entries) if entries else None


def _disclosed(file: CaseFile, item: Item) -> tuple[str, ...]:
    """The recipients of the data that an item is about, in the systems where something was done, or anywhere."""
    about = activities_of(file.document, file.case, item)
    systems = item.systems or file.document.systems_of(about)
    return file.document.recipients_touched(item.controller_id, activities=about, systems=systems)


def _things(names: Iterable[str]) -> Things | None:
    entries = tuple(map(Entry, dict.fromkeys(names)))
    return Things(entries) if entries else None


def _joined(texts: Iterable[FreeText | None]) -> FreeText | None:
    said = [each.text for each in texts if each is not None]
    return FreeText("\n\n".join(said)) if said else None


ANSWERS: Final[Mapping[LetterKind, Callable[[CaseFile, Subject, Link], Filled]]] = {
    LetterKind.ACCESS: access,
    LetterKind.PORTABILITY: portability,
    LetterKind.RECTIFICATION: searched_effect,
    LetterKind.ERASURE: searched_effect,
    LetterKind.RESTRICTION: effect,
    LetterKind.OBJECTION: effect,
    LetterKind.CONSENT_WITHDRAWAL: effect,
    LetterKind.AUTOMATED_DECISION: automated_decision,
    LetterKind.INFORMATION: information,
    LetterKind.CONTRACT_CLAUSES: contract_clauses,
    LetterKind.REFUSAL: refusal,
    LetterKind.ENDING: ending,
}
