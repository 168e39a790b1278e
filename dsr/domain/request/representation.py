"""Representation of the data subject: parents, guardians, agents, lawyers (GDPR Art. 12(1), 80; docs/law §3, §4).

A representative shows an authority for certain rights, mostly for a limited time; their interests must not conflict
with those of the person. The authority lets them receive letters on those rights. The person never needs a
representative: writing to the person alone is lawful whatever was agreed about answers, and a child who acts alone is a
data subject like any other. No command requires a representative, and no ground of refusal is an age.

Several may act at once, such as a parent and a lawyer, each for their own rights and time. At most one of them gets the
letters, as was chosen when they were accepted: no letter goes to a representative who was not chosen.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
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
    """Another representative already gets the letters, and only one can. Accept this one without letters (`answer_to`:
    `data-subject`), or let them replace the other (`replaces`).
    """

    code = "already-represented"


class NotRepresented(Refused):
    """This person has no such representative, so there is nothing to end. `GET /requests/{request_id}/representation`
    lists them.
    """

    code = "not-represented"


class RepresentativeNotNamed(Refused):
    """Several people act for this person: give the `number` of the representation that ends.
    `GET /requests/{request_id}/representation` lists them.
    """

    code = "representative-not-named"


class RepresentationAccepted(RequestEvent):
    """A representative was accepted for these rights and this time.

    The acceptance includes that no conflict of interest was found.
    """

    TOPIC: ClassVar[str] = "dsr.request.representation-accepted"
    class_version: ClassVar[int] = 2
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
    replaces: tuple[int, ...] = ()
    """Numbers of the representations that ended with this one."""

    @staticmethod
    def upcast_v1_v2(state: dict[str, object]) -> None:
        """No representative replaced another."""
        state["replaces"] = []

    def apply(self, case: Case) -> None:
        for number in self.replaces:
            _end(case, number, at=self.timestamp)
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
    class_version: ClassVar[int] = 2
    reason: Sealed
    number: int | None
    """1 for the one that was accepted first; None in old events: the one that was accepted last."""

    @staticmethod
    def upcast_v1_v2(state: dict[str, object]) -> None:
        """One person at most acted at a time."""
        state["number"] = None

    def apply(self, case: Case) -> None:
        _end(case, self.number or len(case.representations), at=self.timestamp)


def _end(case: Case, number: int, *, at: datetime) -> None:
    """For events: the representation with this number ended."""
    case.representations = tuple(
        replace(each, ended_at=at) if place == number else each for place, each in enumerate(case.representations, 1)
    )


@state_guard
def may_accept_representation(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


@state_guard
def may_end_representation(case: Case, *, number: int | None) -> int:
    """The number of a representation that was not ended, in an open or closed case; None names the only one.

    Raises NotRepresented, RepresentativeNotNamed.
    """
    standing = _not_ended(case)
    if number is None and len(standing) > 1:
        raise RepresentativeNotNamed(numbers=standing)
    if not standing or (number is not None and number not in standing):
        raise NotRepresented()
    return standing[0] if number is None else number


def _not_ended(case: Case) -> list[int]:
    """The numbers of the representations that nobody ended."""
    return [place for place, each in enumerate(case.representations, 1) if each.ended_at is None]


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
        replaces: tuple[int, ...] = (),
    ) -> None:
        """Accept a representative of the data subject. Items for other rights are not covered and continue without
        them. `replaces`: numbers of the representations that end with it; the others stay.

        A parent or guardian acts until a date: a child comes of age, a guardianship is reviewed. Raises
        AuthorityMissing (no evidence, no right, expired, a parent or guardian without end, a parent of an adult),
        ConflictOfInterest (found, or not assessed), AlreadyRepresented (another one gets the letters), NotRepresented
        (nobody to replace), RequestIsClosed.
        """
        may_accept_representation(self)
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
        if not set(replaces) <= set(_not_ended(self)):
            raise NotRepresented()
        getting = getting_letters(self.representations, acting.at, acting.today)
        if answer_to is not AnswerTo.DATA_SUBJECT and getting is not None and getting[0] not in replaces:
            raise AlreadyRepresented(number=getting[0])
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
            replaces=tuple(dict.fromkeys(replaces)),
        )

    def end_representation(self, acting: CaseActing, *, reason: Sealed | None, number: int | None = None) -> None:
        """End one representation, after closing too: a mandate that is revoked may not lead to data any more. The
        others stay. Raises NotRepresented, RepresentativeNotNamed, ReasonRequired.
        """
        ending = may_end_representation(self, number=number)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RepresentationEnded, reason=reason, number=ending)


def getting_letters(
    representations: Iterable[Representation], moment: datetime, day: date
) -> tuple[int, Representation] | None:
    """The representative who gets letters at an instant, whose local date is `day`, by number; None: nobody."""
    acting = (each for each in enumerate(representations, 1) if each[1].held(moment, day))
    return next((each for each in acting if each[1].answer_to is not AnswerTo.DATA_SUBJECT), None)


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
    known = tuple(representations)
    getting = getting_letters(known, letter.dispatched_at, left_on)
    if getting is None:
        if any(each.held(letter.dispatched_at, left_on) for each in known):
            raise AuthorityMissing("Answers go to the data subject alone.")
        raise AuthorityMissing("No authority to act for this person was in force when the letter left.")
    _, representation = getting
    uncovered = sorted(set(rights) - representation.rights)
    if uncovered:
        raise AuthorityMissing(f"The authority does not cover: {', '.join(uncovered)}.", rights=uncovered)
