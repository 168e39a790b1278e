"""What each member of staff wants to be told, and when.

It has a table of its own and no events, as saved filters have: a member's choice has no legal meaning.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.errors import Refused
from dsr.domain.telling import TellingChoice, WaitKind

telling_choices: Final = sa.Table(
    "telling_choices",
    metadata.main,
    sa.Column("identifier", sa.String(40), primary_key=True, comment="of the member of staff"),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("choice", sa.String(16), nullable=False),
)
_c: Final = telling_choices.c


class TellingNeeded(Refused):
    """A date that is missed harms people, so it can't be turned off (`date`). Choose `digest`."""

    code = "telling-needed"


class TellingChoices:
    """The table; a member who is not in it chose nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, identifiers: Collection[str], kind: WaitKind) -> dict[str, TellingChoice]:
        """What these members chose for this kind, as far as they chose."""
        query = sa.select(_c.identifier, _c.choice).where(_c.identifier.in_(identifiers), _c.kind == kind.value)
        with self._database.glancing() as connection:
            return {identifier: TellingChoice(choice) for identifier, choice in connection.execute(query)}

    def all_of(self, identifier: str) -> dict[WaitKind, TellingChoice]:
        """The effective choice of one member, for every kind."""
        query = sa.select(_c.kind, _c.choice).where(_c.identifier == identifier)
        with self._database.glancing() as connection:
            chosen = {WaitKind(kind): TellingChoice(choice) for kind, choice in connection.execute(query)}
        return {kind: chosen.get(kind, TellingChoice.BY_URGENCY) for kind in WaitKind}

    def choose(self, identifier: str, chosen: Mapping[WaitKind, TellingChoice]) -> None:
        """Store what a member chose; other kinds stay."""
        with self._database.writing() as connection:
            for kind, choice in chosen.items():
                row = {"identifier": identifier, "kind": kind.value, "choice": choice.value}
                connection.execute(self._database.upsert(telling_choices, row))


class TellingChoiceDesk:
    """choose and show what the caller is told."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._choices = TellingChoices(repository.database)

    @use_case
    def choose(self, call: Call, *, chosen: Mapping[WaitKind, TellingChoice]) -> Answer:
        """Choose for the caller; kinds that are not named stay as they are. Raises TellingNeeded."""
        identifier = call.caller.actor
        if chosen.get(WaitKind.DATE) is TellingChoice.OFF:
            raise TellingNeeded()
        with unit_of_work(self._repository, call) as work:
            work.effect(lambda: self._choices.choose(identifier, chosen))
            work.respond(lambda: Answer(msgspec.json.encode(self._choices.all_of(identifier))))
        return work.answer

    def show(self, caller: Caller) -> dict[WaitKind, TellingChoice]:
        """The effective choice of the caller, for every kind."""
        return self._choices.all_of(caller.actor)
