"""Finding the requests of a person by what identifies them.

Nothing sealed is opened: the blind index answers with ids, and the rows shown are those of the queue. So a search is
no disclosure, and it makes no event: that would have to say for whom it was, and neither an address nor a token of one
may stand in a log that never forgets without a case whose key can be destroyed. Who searched, and when, stands in the
log of the process.
"""

from dsr.desk.caller import Caller
from dsr.desk.errors import IdentifierMissing
from dsr.desk.repository import Repository
from dsr.projections.paging import Page
from dsr.projections.search import cases_among
from dsr.vault import IndexPurpose, normal_form


class SearchDesk:
    """find the requests of a person."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def by_person(
        self, caller: Caller, *, kind: IndexPurpose, value: str, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """One page of the requests in scope, open and closed, what arrived last first.

        Equal identifiers are found however they are written; a name found is a hint, since many people share one.
        Raises IdentifierMissing where nothing is left of the value that could identify anyone; CursorInvalid.
        """
        if not normal_form(kind, value):
            raise IdentifierMissing()
        with self._repository.database.reading() as connection:
            return cases_among(
                connection,
                self._repository.index.matching(kind, value),
                scope=caller.scope,
                cursor=cursor,
                limit=limit,
            )
