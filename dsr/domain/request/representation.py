"""Representation of the data subject: parents, guardians, agents, lawyers (GDPR Art. 12(1), 80; docs/law §3, §4).

A representative shows an authority for certain rights, mostly for a limited time; their interests must not conflict
with those of the person. The authority lets them receive letters on those rights. The person never needs a
representative: writing to the person alone is lawful whatever was agreed about answers, and a child who acts alone is a
data subject like any other. No command requires a representative, and no ground of refusal is an age.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.letters import Letter
from dsr.domain.request.standing import AnswerTo, Representation, RepresentativeKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class AuthorityMissing(Refused):
    """No authority on record covers this and is in force. Record the representative's authority first."""

    code = "authority-missing"


class ConflictOfInterest(Refused):
    """Assess whether the interests of the representative conflict with those of the person; if they do, refuse the
    representation.
    """

    code = "conflict-of-interest"


class AlreadyRepresented(Refused):
    """This person has a representative already. End that representation before you accept another."""

    code = "already-represented"


class NotRepresented(Refused):
    """This person has no representative, so there is nothing to end."""

    code = "not-represented"


class RepresentationAccepted(RequestEvent):
    """A representative was accepted for these rights and this time.

    The acceptance includes that no conflict of interest was found.
    """

    TOPIC: ClassVar[str] = "dsr.request.representation-accepted"
    kind: RepresentativeKind
    evidence: Sealed
    """Description of the evidence of authority; the document itself is not kept."""
    rights: tuple[Right, ...]
    expires_on: date | None
    """The last local date of the authority; None: until it is ended."""
    answer_to: AnswerTo
    for_child: bool
    child_age: int | None
    """Age of consent in the controller's country, in years: below it a parent has to consent to an online service (GDPR
    Art. 8(1)). Recorded for a representative of a child, as a basis of the decision.
    """
    contact: Sealed | None = None
    """Name and addresses, if letters go to the representative."""

    def apply(self, case: Case) -> None:
        accepted = Representation(
            kind=self.kind,
            rights=frozenset(self.rights),
            answer_to=self.answer_to,
            accepted_at=self.timestamp,
            expires_on=self.expires_on,
        )
        case.representations = (*case.representations, accepted)


class RepresentationEnded(RequestEvent):
    """The representation was revoked, or the person continues alone. An authority that expires ends by its date,
    without an event.
    """

    TOPIC: ClassVar[str] = "dsr.request.representation-ended"
    reason: Sealed

    def apply(self, case: Case) -> None:
        *former, last = case.representations
        case.representations = (*former, replace(last, ended_at=self.timestamp))


@state_guard
def may_accept_representation(case: Case, acting: CaseActing) -> None:
    """Requires that the person has no representative. Raises AlreadyRepresented, RequestIsClosed."""
    require_not_closed(case)
    if case.representation is not None and case.representation.held(acting.at, acting.today):
        raise AlreadyRepresented()


@state_guard
def may_end_representation(case: Case) -> None:
    """Requires a representation that was not ended, in an open or closed case. Raises NotRepresented."""
    if case.representation is None or case.representation.ended_at is not None:
        raise NotRepresented()


class RepresentationCommands(Case):
    """accept a representation; end it."""

    def accept_representation(
        self,
        acting: CaseActing,
        *,
        kind: RepresentativeKind,
        evidence: Sealed | None,
        rights: tuple[Right, ...],
        expires_on: date | None,
        conflict_assessed: bool,
        conflict: bool,
        answer_to: AnswerTo,
        child_age: int,
        for_child: bool = False,
        contact: Sealed | None = None,
    ) -> None:
        """Accept a representative of the data subject. Items for other rights are not covered and continue without
        them.

        A parent or guardian acts until a date: a child comes of age, a guardianship is reviewed. Raises
        AuthorityMissing (no evidence, no right, expired, a parent or guardian without end, a parent of an adult),
        ConflictOfInterest (found, or not assessed), AlreadyRepresented, RequestIsClosed.
        """
        may_accept_representation(self, acting)
        if evidence is None:
            raise AuthorityMissing("Describe the evidence of the authority to act for this person.")
        if not rights:
            raise AuthorityMissing("Name the rights that the authority covers.")
        if kind is RepresentativeKind.PARENT and not for_child:
            raise AuthorityMissing("A parent acts by law for a child only; an adult gives a mandate.")
        if kind.is_by_law and expires_on is None:
            raise AuthorityMissing("State when the authority ends: a child comes of age, a guardianship is reviewed.")
        if expires_on is not None and expires_on < acting.today:
            raise AuthorityMissing("The authority has expired.")
        if not conflict_assessed or conflict:
            raise ConflictOfInterest()
        self.record(
            acting,
            RepresentationAccepted,
            kind=kind,
            evidence=evidence,
            rights=tuple(dict.fromkeys(rights)),
            expires_on=expires_on,
            answer_to=answer_to,
            for_child=for_child,
            child_age=child_age if for_child else None,
            contact=contact,
        )

    def end_representation(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """End the representation, after closing too: a mandate that is revoked may not lead to data any more. Raises
        NotRepresented, ReasonRequired.
        """
        may_end_representation(self)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RepresentationEnded, reason=reason)


def require_authority(
    representations: Iterable[Representation], letter: Letter, *, rights: Iterable[Right], left_on: date
) -> None:
    """Raise AuthorityMissing if a letter went to a representative without authority to receive it.

    The authority must have been in force when the letter left, cover these rights, and direct answers to the
    representative. A letter to the data subject alone needs no authority, even if answers go to the representative:
    nobody gives up the right to their own answer.
    """
    if letter.addressee is AnswerTo.DATA_SUBJECT:
        return
    acting = (each for each in representations if each.held(letter.dispatched_at, left_on))
    representation = next(acting, None)
    if representation is None:
        raise AuthorityMissing("No authority to act for this person was in force when the letter left.")
    if representation.answer_to is AnswerTo.DATA_SUBJECT:
        raise AuthorityMissing("Answers go to the data subject alone.")
    uncovered = sorted(set(rights) - representation.rights)
    if uncovered:
        raise AuthorityMissing(f"The authority does not cover: {', '.join(uncovered)}.", rights=uncovered)
