"""Whom a case waits for, and for what, by its state alone: nothing that was said in a letter is read for it.

A case can wait for several people at once: the person owes a proof while a system owner still searches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.request.case import Case
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.item import Item
from dsr.domain.request.next_steps import next_steps
from dsr.domain.request.searching import open_systems
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.subjects import About, deciding
from dsr.domain.request.values import IN_QUESTION, UNRESOLVED, ItemStatus, Lifecycle, Outcome


class Party(StrEnum):
    """Whom a case waits for; codes are public."""

    PERSON = "person"
    """The data subject, or who acts for them."""
    HANDLER = "handler"
    """A handler of the controller."""
    APPROVER = "approver"
    """An approver of the controller, who did not propose it."""
    SYSTEM_OWNER = "system-owner"
    """The owner of a system."""
    ANOTHER_BODY = "another-body"
    """Another organisation, to which data is handed over."""


class Need(StrEnum):
    """What a case waits for; codes are public."""

    TRIAGE = "triage"
    """That the letter is registered as a request, or dismissed."""
    EXAMINATION = "examination"
    """That a message is examined."""
    SENDER = "sender"
    """That a doubtful sender is confirmed."""
    LETTER = "letter"
    """That the letter with a question, or with the notice of a fee or an extension, leaves."""
    PROOF = "proof"
    """That the person proves who they are."""
    PROOF_DECISION = "proof-decision"
    """That the proof of identity is decided on."""
    UNIDENTIFIED = "unidentified"
    """That the person is told that they stay unidentified, or is asked anew."""
    CLARIFICATION = "clarification"
    """That the person says which data is meant."""
    ANSWER_TO_QUESTION = "answer-to-question"
    """That the person answers a question."""
    FEE = "fee"
    """That the person accepts or pays a fee, or declines it."""
    APPROVAL = "approval"
    """That a second person decides on a proposal."""
    DECISION = "decision"
    """That an item is granted, or its refusal is proposed, or nothing is found for it."""
    SEARCH = "search"
    """That systems account for an item."""
    COMPLETION = "completion"
    """That an item that was granted is carried out."""
    HAND_OVER = "hand-over"
    """That a direct transfer of data ends."""
    ANSWER = "answer"
    """That the answer to an item leaves."""
    REPLY = "reply"
    """That the message that reopened the case is answered."""
    RETURNED = "returned"
    """That a letter that came back is sent again."""
    PASSWORD = "password"  # noqa: S105 - the name of a need
    """That the password of a package is passed on."""
    LINK = "link"
    """That the person gets the new link to a package that they asked for."""
    RECIPIENT = "recipient"
    """That a recipient of the data is told (GDPR Art. 19)."""
    CLOSING = "closing"
    """That the case is closed: everything in it is answered."""


DECIDED_BY: Final[Mapping[str, str]] = {
    "decline_extension": "approve_extension",
    "decline_end": "approve_end",
    "decline_forgetting": "approve_forgetting",
    "decline_refusal": "approve_refusal",
    "decline_exception": "approve_exception",
    "confirm_earlier_fact": "confirm_earlier_fact",
}
"""By the command that a proposal has to stand for, and nothing else: the one that agrees to it."""


@dataclass(frozen=True)
class Awaited:
    """Somebody for whom the case waits."""

    party: Party
    need: Need
    controller_id: str
    """The controller that answers what is awaited."""
    command: str | None
    """The command that does it; None where no single one does, or where a letter or an outsider does."""
    about: About
    """What it concerns, by the arguments of state guards: an item, a message, a fee; empty: the case itself."""


def awaited(case: Case, acting: CaseActing) -> tuple[Awaited, ...]:
    """Everybody for whom the case waits, what stops everything else first; empty: for nobody."""
    if case.is_forgotten:
        return ()
    return tuple(
        Awaited(party, need, min(deciding(case, command or "", about)), command, about)
        for party, need, command, about in _all(case, acting)
    )


_Found = Iterator[tuple[Party, Need, str | None, About]]


def _all(case: Case, acting: CaseActing) -> _Found:
    yield from _of_messages(case)
    yield from _of_approvers(case, acting)
    if not case.is_closed:
        yield from _of_identity(case)
        yield from _of_questions(case)
    for item in case.items.values():
        yield from _of_item(case, item)
    yield from _of_the_end(case, acting)


def _of_messages(case: Case) -> _Found:
    if case.lifecycle is Lifecycle.RECEIVED:
        yield Party.HANDLER, Need.TRIAGE, "register", {}
    for message in case.messages_waiting:
        yield Party.HANDLER, Need.EXAMINATION, "examine_messages", {"message_ids": (message.message_id,)}
    if case.sender_doubtful and not case.is_closed:
        yield Party.HANDLER, Need.SENDER, "confirm_sender", {}


def _of_approvers(case: Case, acting: CaseActing) -> _Found:
    """What the guards let a person decide: perhaps not the actor, but a second person."""
    for step in next_steps(case, acting, DECIDED_BY.keys()):
        if step.refusal is None or isinstance(step.refusal, FourEyes):
            yield Party.APPROVER, Need.APPROVAL, DECIDED_BY[step.command], step.about


def _of_identity(case: Case) -> _Found:
    identity = case.identity
    if identity.status in UNRESOLVED and identity.status not in IN_QUESTION:
        if not identity.unidentified_answered:
            yield Party.HANDLER, Need.UNIDENTIFIED, None, {}
    elif identity.evidence_keys:
        yield Party.HANDLER, Need.PROOF_DECISION, "confirm_identity", {}
    elif identity.status in IN_QUESTION:
        was_put = case.clock.was_put(SuspensionKind.IDENTITY)
        yield (Party.PERSON, Need.PROOF, None, {}) if was_put else (Party.HANDLER, Need.LETTER, None, {})


def _of_questions(case: Case) -> _Found:
    if case.clock.clarification_asked_on is not None:
        was_put = case.clock.was_put(SuspensionKind.CLARIFICATION)
        yield (Party.PERSON, Need.CLARIFICATION, None, {}) if was_put else (Party.HANDLER, Need.LETTER, None, {})
    for question in case.open_questions:
        about = {"question_id": question.question_id}
        was_put = question.was_put
        yield (
            (Party.PERSON, Need.ANSWER_TO_QUESTION, None, about)
            if was_put
            else (Party.HANDLER, Need.LETTER, None, about)
        )
    for fee_id, fee in case.fees.items():
        if fee.status.is_outstanding:
            is_quoted = fee.status is not FeeStatus.PROPOSED
            about = {"fee_id": fee_id}
            yield (Party.PERSON, Need.FEE, None, about) if is_quoted else (Party.HANDLER, Need.LETTER, None, about)
    if case.clock.extension is not None and case.clock.extension.approved_by:
        yield Party.HANDLER, Need.LETTER, None, {}


def _of_item(case: Case, item: Item) -> _Found:
    about = {"item_id": item.item_id}
    if item.status.is_pending:
        if item.search is not None and open_systems(case, item):
            yield Party.SYSTEM_OWNER, Need.SEARCH, "account_for_systems", about
        elif any(each.item_id == item.item_id and not each.ended for each in case.hand_overs.values()):
            yield Party.ANOTHER_BODY, Need.HAND_OVER, None, about
        if item.status is ItemStatus.GRANTED:
            yield Party.HANDLER, Need.COMPLETION, "record_done", about
        elif not (item.needs_identity and case.identity.status in UNRESOLVED):
            yield Party.HANDLER, Need.DECISION, "grant", about
    elif case.needs_answer(item):
        if not item.answered:
            yield Party.HANDLER, Need.ANSWER, None, about
        if item.undelivered:
            yield Party.HANDLER, Need.RETURNED, None, about
        if item.status is ItemStatus.DONE and item.offer is not None and not item.offer.password_delivered:
            yield Party.HANDLER, Need.PASSWORD, "tell_password", about
        if item.link_requested_at is not None:
            yield Party.HANDLER, Need.LINK, "offer_package", about
    for recipient in item.untold:
        yield Party.HANDLER, Need.RECIPIENT, "tell_recipient", {**about, "recipient": recipient}


def _of_the_end(case: Case, acting: CaseActing) -> _Found:
    if case.is_closed:
        if case.outcome is Outcome.FORWARDED and case.passing_on.returned:
            yield Party.HANDLER, Need.RETURNED, None, {}
        return
    if case.clock.reply is not None:
        yield Party.HANDLER, Need.REPLY, None, {}
    for step in next_steps(case, acting, ["close"]):
        if step.allowed:
            yield Party.HANDLER, Need.CLOSING, step.command, step.about
