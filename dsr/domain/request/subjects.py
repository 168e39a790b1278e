"""What a command may be about in a case: the values that its state guard asks for, as far as the case knows them.

The case knows its items, fees, messages and so on. What a person chooses freely as they give a command, such as the
language of an answer, is no subject of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final
from uuid import UUID

from dsr.domain.request.case import Case
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import CopyKind, HoldKind
from dsr.domain.request.state_guards import StateGuard

About = Mapping[str, Any]
"""Arguments of a state guard by their names: what the command is about."""

CHOSEN: Final[About] = {"language": "", "asked": True}
"""What the person who gives the command chooses: another language than that on record; that they ask for it."""

_KINDS: Final[Mapping[str, tuple[Any, ...]]] = {
    "place_hold": tuple(HoldKind),
    "send_copy": tuple(CopyKind),
    "record_answer": tuple(LetterKind),
}

_OF_RECIPIENTS: Final = ("tell_recipient", "excuse_recipient")


def subjects(case: Case, guard: StateGuard) -> Iterator[About]:
    """Each subject of the command in this case; one that is empty for a command about the case itself."""
    if guard.command in _OF_RECIPIENTS:
        yield from ({"item_id": item_id, "recipient": recipient} for item_id, recipient in case.recipients)
        return
    if guard.command == "withdraw_correction":
        yield from _corrections(case)
        return
    names = [name for name in guard.about if name not in CHOSEN]
    for values in product(*(_known(case, guard.command, name) for name in names)):
        yield dict(zip(names, values, strict=True))


def asked(guard: StateGuard, about: About) -> About:
    """The arguments of the guard: the subject, with what a person chooses."""
    return {**about, **{name: value for name, value in CHOSEN.items() if name in guard.about}}


def _corrections(case: Case) -> Iterator[About]:
    """The items whose controller corrected the text of its record, with each point that it corrected."""
    for item_id, item in case.items.items():
        points: Sequence[InformationPoint] = [*case.copies.corrections_by(item.controller_id)]
        yield from ({"item_id": item_id, "point": point} for point in points)


def _known(case: Case, command: str, name: str) -> Sequence[Any]:
    items = [*case.items]
    match name:
        case "item_id":
            return [None, *items] if command == "withdraw_consent" else items
        case "item_ids":
            each = [(item_id,) for item_id in items]
            whole: Mapping[str, list[Any]] = {"withdraw": [None], "propose_fee": []}
            return [*whole.get(command, [()]), *each]
        case "kind":
            return _KINDS[command]
        case "unidentified":
            return [False, True]
        case "message_ids":
            return [(message_id,) for message_id in (*case.messages, *case.claims)]
        case "message_id" if command == "settle_claim":
            return [*case.claims]
        case "number":
            return [*range(1, len(case.representations) + 1)]
        case "letter_version":
            return [each.answer_letter for each in case.items.values() if each.answer_letter is not None]
    return [*_keys(case)[name]]


def _keys(case: Case) -> Mapping[str, Sequence[Any]]:
    """The keys by which the case names what it holds; no person names an occasion, which the service records.

    A data set can have a thousand redactions, of which the same holds: the last one of each stands for all.
    """
    copies = case.copies
    redactions: list[UUID] = [known[-1].redaction_id for known in copies.redactions.values() if known]
    return {
        "fee_id": [*case.fees],
        "message_id": [*case.messages, *case.claims],
        "hold_id": [*case.holds],
        "question_id": [*case.questions],
        "restriction_id": [*case.restrictions],
        "target_id": [*copies.collected],
        "data_set_id": [*copies.data_sets],
        "attachment_id": [*copies.attachments],
        "redaction_id": redactions,
        "fact": [*case.earlier_facts],
        "link_id": [link.link_id for item in case.items.values() for link in item.search_links.values()],
        "occasion": [],
    }


_OF_THE_CASE: Final = frozenset({"withdraw", "reopen"})
"""What the controller of the case decides, whichever items it concerns."""


def items_of(case: Case, about: About) -> tuple[str, ...]:
    """The items that a subject belongs to."""
    for name, value in about.items():
        match name:
            case "item_id" if value is not None:
                return (value,)
            case "item_ids" if value is not None:
                return tuple(value)
            case "fee_id":
                return case.fees[value].item_ids
            case "restriction_id":
                return (case.restrictions[value].item_id,)
            case "target_id" | "data_set_id" | "attachment_id":
                return tuple(filter(None, [case.copies.item_of(value)]))
            case "redaction_id":
                redaction = case.copies.redaction(value)
                return () if redaction is None else tuple(filter(None, [case.copies.item_of(redaction.target_id)]))
    return ()


def deciding(case: Case, command: str, about: About) -> frozenset[str]:
    """The controllers that decide on a command about this subject: those of its items or its data, else that of the
    case.
    """
    if "hold_id" in about:
        holder = case.holds[about["hold_id"]].controller_id
        return frozenset({holder if holder in case.controllers else case.controller_id})
    items = () if command in _OF_THE_CASE else items_of(case, about)
    return frozenset(case.items[item_id].controller_id for item_id in items) or frozenset({case.controller_id})
