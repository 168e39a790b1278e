"""What happened to a letter after a version that somebody saw: the events, and the parts that say something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.dispatching.content import Content, open_content
from dsr.desk.dispatching.letters import Letters, find_for
from dsr.desk.happened import Happened, happened_since
from dsr.domain.dispatch import Dispatch


@dataclass(frozen=True)
class LetterChanges:
    """What became of a letter; it says which parts changed, and nothing of what stands in them."""

    events: Sequence[Happened]
    """The last first."""
    parts: frozenset[str]
    """Codes of the statements that changed, and `refused.<place>.<reasons or facts>`."""


def since(letters: Letters, dispatch_id: UUID, caller: Caller, version: int) -> LetterChanges:
    """What happened to the letter after this version. Raises DispatchUnknown, KeyDestroyed."""
    dispatch, _ = find_for(letters, dispatch_id, caller)
    then = letters.repository.find_at(Dispatch, dispatch_id, version)
    said = {} if then is None else _said(open_content(letters.repository, then))
    says = _said(open_content(letters.repository, dispatch))
    changed = {code for code in said.keys() | says.keys() if said.get(code) != says.get(code)}
    return LetterChanges(happened_since(letters.repository, dispatch_id, version), frozenset(changed))


def _said(content: Content) -> dict[str, object]:
    refused = {
        f"refused.{place}.{name}": words
        for place, part in enumerate(content.fields.refused)
        for name, words in (("reasons", part.reasons), ("facts", part.facts))
    }
    return {**content.fields.statements, **refused}
