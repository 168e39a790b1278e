"""What a command may be about in a case, and arguments that fit the case: nothing but its state refuses them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from dsr.domain.request import Request
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.due import Due
from dsr.domain.request.grounds import ON_BALANCE, RefusalGround
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import REQUIRED_STATEMENTS, Letter, LetterKind
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.restriction import RestrictedUse
from dsr.domain.request.standing import AnswerTo, CopyKind, HoldKind, Occasion
from dsr.domain.request.state_guards import STATE_GUARDS
from dsr.domain.request.values import AccuracyFinding, BalanceFinding, End, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.catalogue.catalogue import ACTS
from tests.domain.request.a_case import ACase

About = Mapping[str, Any]
"""The arguments of a state guard."""

ON_CONTRACT = (ActivityBasis("contracts-of-nobody", LegalBasis.CONTRACT),)
"""Processing on which no hold stands, and to which nobody can object."""


# What a command may be about ----------------------------------------------------------------------------------------


def subjects(case: ACase, command: str) -> Iterator[About]:
    """Everything that the command may be about in this case, and something that the case does not know."""
    names = STATE_GUARDS[command].about
    for values in product(*(_known(case, command, name) for name in names)):
        yield dict(zip(names, values, strict=True))


def _known(case: ACase, command: str, name: str) -> list[Any]:
    request = case.request
    items, copies = [*request.items, "portability-9"], request.copies
    match name:
        case "item_id":
            return [None, *items] if command == "withdraw_consent" else items
        case "item_ids":
            each = [(item_id,) for item_id in items]
            chosen: dict[str, list[Any]] = {"withdraw": [None, *each], "propose_fee": [*each]}
            return chosen.get(command, [(), *each])
        case "kind":
            return [*{"place_hold": HoldKind, "send_copy": CopyKind, "record_answer": LetterKind}[command]]
        case "message_ids":
            return [*((message_id,) for message_id in (*request.messages, *request.claims)), (case.uuid(),)]
        case "occasion":
            coming = [each.occasion for each in request.coming(case.calendar, case.now)]
            recorded = sorted(request.clock.came_due, key=repr)
            return [*coming, *recorded, Occasion(Due.PROMISE_MISSED, "", request.received_on)]
        case "message_id" if command == "suggest_rights":
            return [*request.messages, *request.claims, case.uuid()]
        case "unidentified" | "language" | "point" | "asked":
            return [*_SAME_IN_EVERY_CASE[name]]
        case "recipient":
            return [*dict.fromkeys([*(of for _, of in request.recipients), "dialler"])]
        case "redaction_id":
            known = [each.redaction_id for redactions in copies.redactions.values() for each in redactions]
            return [*known, case.uuid()]
        case "number":
            return [None, *range(1, len(request.representations) + 2)]
        case "letter_version":
            answers = [each.answer_letter for each in request.items.values() if each.answer_letter is not None]
            return [None, *request.letters_returned, *answers, request.version]
        case "fact":
            return [*request.earlier_facts, 1_000]
    held: dict[str, Mapping[Any, Any]] = {
        "fee_id": request.fees,
        "link_id": {link.link_id: link for item in request.items.values() for link in item.search_links.values()},
        "message_id": request.claims,
        "hold_id": request.holds,
        "question_id": request.questions,
        "restriction_id": request.restrictions,
        "target_id": copies.collected,
        "data_set_id": copies.data_sets,
        "attachment_id": copies.attachments,
    }
    return [*held[name], case.uuid()]


_SAME_IN_EVERY_CASE: dict[str, list[Any]] = {
    "unidentified": [False, True],
    "asked": [False, True],
    "language": ["", "de", "pl", "ja"],
    "point": [InformationPoint.SOURCE, InformationPoint.PURPOSES, InformationPoint.RECIPIENTS],
}


# Arguments that fit -------------------------------------------------------------------------------------------------


def fitting(case: ACase, command: str, about: About) -> dict[str, Any] | None:
    """Lawful arguments by the catalogue, as this case needs them; None where none fit."""
    act = ACTS[command]
    named: tuple[Any, ...] = ()
    if act.about == "rights":
        named = (Right.ACCESS,)
    elif act.about is not None and act.about in about:
        named = about["item_ids"] if act.about == "item_ids" else (about[act.about],)
    given: dict[str, Any] = {"actor": act.actor}
    given |= act.lawful(case, *named)
    given |= {name: value for name, value in about.items() if command not in _OTHERWISE.get(name, ())}
    change = _CHANGES.get(command)
    changes = {} if change is None else change(case, about)
    return None if changes is None else given | changes


_OTHERWISE = {"item_id": ("attach", "collect_data"), "kind": ("record_answer",)}
"""What a guard asks about, while the command takes it as a part of another argument."""


def _letter(case: ACase, kind: LetterKind, left_at: Any = None) -> Letter:
    """It says all that a letter can have to say."""
    letter = case.complete_letter(kind, left_at or case.now)
    said = {*letter.statements, *REQUIRED_STATEMENTS[LetterKind.REFUSAL], "clauses", "redaction-summary"}
    return replace(letter, statements=tuple(sorted(said)))


def _quoted_at(case: ACase, about: About) -> Any:
    """An answer on the day on which the fee was quoted is never too late."""
    fee = case.request.fees.get(about["fee_id"])
    return case.now if fee is None or fee.quoted_at is None else fee.quoted_at


def _notice_of_fee(case: ACase, about: About) -> dict[str, Any]:
    fee = case.request.fees.get(about["fee_id"])
    return {"notice": case.complete_letter(LetterKind.FEE, case.now if fee is None else fee.proposed_at)}


def _refusal(case: ACase, about: About) -> dict[str, Any]:
    """Of a part; what was balanced for the person is refused only where nobody can object to the processing."""
    item = case.request.items.get(about["item_id"])
    balanced = item is not None and item.balance is not None
    ground = RefusalGround.RIGHT_NOT_ON_THIS_BASIS if balanced else RefusalGround.NOT_THE_CONTROLLER
    return {"refusal": case.refusal(ground=ground, in_part=True, extent=("never-held",), activities=ON_CONTRACT)}


def _end(case: ACase, _: About) -> dict[str, Any] | None:
    """An end that the items of the case allow; none while something that can't wait is to be carried out."""
    pending = [item for item in case.request.items.values() if item.status.is_pending]
    fits = not any(item.effected or item.is_absolute for item in pending)
    return {"end": End.DECEASED} if fits else None


def _balance(case: ACase, about: About) -> dict[str, Any] | None:
    """Once granted, less has to be refused than before, and what was refused in part has to be carried still."""
    item = case.request.items.get(about["item_id"])
    if item is None or item.status is not ItemStatus.GRANTED or item.balance is None:
        return {"finding": BalanceFinding.CONTROLLER_PREVAILS}
    resting = {name for part in item.refused_parts if part.ground in ON_BALANCE for name in part.extent}
    if not resting:
        return {"finding": BalanceFinding.SUBJECT_PREVAILS}
    less = resting < set(item.balance.extent)
    return {"finding": BalanceFinding.PREVAILS_IN_PART, "extent": tuple(sorted(resting))} if less else None


def _target(case: ACase, about: About) -> dict[str, Any]:
    item = case.request.items.get(about["item_id"])
    verified = None if item is None else item.target
    return {"export_id": case.uuid()} | ({} if verified is None else {"target": verified.target})


def _hand_over(case: ACase, _: About) -> dict[str, Any] | None:
    """Its result is recorded of one that was started."""
    begun = [*case.request.hand_overs]
    return {"hand_over_id": begun[-1]} if begun else None


def _elsewhere(case: ACase, _: About) -> dict[str, Any]:
    home = case.request.controller_id
    return {"controller_id": "acme-es" if home != "acme-es" else "acme-it", "calendar": case.calendar}


def _purged(case: ACase, _: About) -> dict[str, Any]:
    return {"evidence_destroyed": case.evidence}


def _proven_at(case: ACase, _: About) -> dict[str, Any]:
    """The arrival of the proof that is on record since the question; else now."""
    identity = case.request.identity
    proof_at, asked_on = identity.proof_at, identity.asked_on or case.request.received_on
    answers = proof_at is not None and case.calendar.local_date(proof_at) >= asked_on
    return _purged(case, _) | {"answered_at": proof_at if answers else case.now}


def _held_by(case: ACase, hold_id: Any) -> tuple[str, ...]:
    hold = case.request.holds.get(hold_id)
    return ("crm",) if hold is None or not hold.systems else hold.systems


def _ahead(case: ACase, _: About) -> dict[str, Any]:
    return {"review_on": case.calendar.local_date(case.now) + timedelta(days=90)}


_CHANGES: dict[str, Callable[[ACase, About], dict[str, Any] | None]] = {
    "dismiss": _purged,
    "close": _purged,
    "propose_end": _end,
    "approve_end": _purged,
    "accept_representation": lambda case, _: {"answer_to": AnswerTo.DATA_SUBJECT},
    "withdraw": _purged,
    "link_duplicate": lambda case, about: _purged(case, about) | {"original_received_on": case.request.received_on},
    "open_items": lambda case, _: {"controllers": ("acme-of-nobody",)},
    "reassign": _elsewhere,
    "propose_fee": lambda case, _: {
        "fee": case.fee(offer_ends_on=case.calendar.local_date(case.now) + timedelta(days=30))
    },
    "send_fee_notice": _notice_of_fee,
    "account_for_systems": lambda case, _: {"accounts": case.accounts("crm")},
    "propose_exception": lambda case, about: {"systems": _held_by(case, about["hold_id"])},
    "confirm_identity": _proven_at,
    "accept_fee": lambda case, about: {"answered_at": _quoted_at(case, about)},
    "decline_fee": lambda case, about: {"answered_at": _quoted_at(case, about)},
    "record_fee_paid": lambda case, about: {"paid_at": _quoted_at(case, about)},
    "propose_refusal": _refusal,
    "grant": lambda case, about: {"activities": ON_CONTRACT},
    "attach": lambda case, about: {
        "attachment": replace(case.attachment(about["item_id"], case.now), name=f"{case.uuid()}.wav")
    },
    "confirm_redactions": lambda case, _: {"reason": case.sealed()},
    "assess_accuracy": lambda case, _: {"finding": AccuracyFinding.ACCURATE},
    "rectify": lambda case, _: {"operation": RectificationOperation.SUPPLEMENTARY_STATEMENT},
    "ask_identity": lambda case, _: {"new_fact": case.sealed()},
    "send_copy": lambda case, about: {"of": "telephony"},
    "transmit": _target,
    "start_hand_over": _target,
    "record_hand_over": _hand_over,
    "record_hand_over_failed": _hand_over,
    "restrict": _ahead,
    "set_review": _ahead,
    "use_restricted_data": lambda case, _: {"use": RestrictedUse.LEGAL_CLAIMS},
    "balance_interests": _balance,
    "record_answer": lambda case, about: {"letter": _letter(case, about["kind"])},
}
"""Where the arguments of the catalogue fit a case as it is in most tests only."""


def request_again(case: ACase) -> Request:
    """The same case once more, for a command that changes it."""
    copy: Any = None
    for event in case.events:
        copy = event.mutate(copy)
    found: Request = copy
    return found
