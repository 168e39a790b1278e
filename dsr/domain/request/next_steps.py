"""What may be done in a case now, and what not and why: the state guards of all commands, asked without the commands.

Nothing of the law stands here. `next_steps` asks the guards that the commands ask first, so that it can't differ from
what they do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dsr.domain.acting import CaseActing
from dsr.domain.errors import DomainError
from dsr.domain.request.case import Case
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import ItemOfOtherRight, LetterKindWrong
from dsr.domain.request.holds import HoldOfRestriction
from dsr.domain.request.state_guards import STATE_GUARDS, StateGuard
from dsr.domain.request.subjects import About, asked, deciding, items_of, subjects

UNFIT: Final = (ItemOfOtherRight, ItemHasNoCopy, LetterKindWrong, HoldOfRestriction)
"""What a guard says of a subject for which its command is not made, such as an item for another right."""


@dataclass(frozen=True)
class NextStep:
    """A command about one subject, and whether the state of the case allows it."""

    command: str
    """The name of the command of `Request`."""
    about: About
    """What it is about, by the arguments of its state guard; empty for the case itself."""
    items: tuple[str, ...]
    """The items that its subject belongs to."""
    deciding: frozenset[str]
    """The controllers that decide on it."""
    refusal: DomainError | None
    """What the command would be refused with, whatever else it is told; None: only its arguments can refuse it."""

    @property
    def allowed(self) -> bool:
        """Whether the state of the case allows it."""
        return self.refusal is None


def next_steps(case: Case, acting: CaseActing, commands: Iterable[str]) -> Iterator[NextStep]:
    """Each of these commands with each of its subjects, as the actor may give it at that time."""
    for command in commands:
        guard = STATE_GUARDS[command]
        for about in subjects(case, guard):
            refusal = _refusal(guard, case, acting, about)
            if not isinstance(refusal, UNFIT):
                yield NextStep(command, about, items_of(case, about), deciding(case, command, about), refusal)


def _refusal(guard: StateGuard, case: Case, acting: CaseActing, about: About) -> DomainError | None:
    try:
        guard.ask(case, acting, **asked(guard, about))
    except DomainError as refused:
        return refused
    return None
