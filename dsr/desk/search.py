"""Search for a person's requests by identifiers.

Nothing sealed is opened: the blind index returns ids, and the rows shown are those of the queue. So a search is not a
disclosure and makes no event. An event would have to name the person, and the permanent log may hold neither an address
nor a token of one outside a case whose key can be destroyed. The log of the process shows who searched and when.
"""

from dsr.desk.caller import Caller
from dsr.desk.errors import IdentifierMissing, RequestUnknown
from dsr.desk.repository import Repository
from dsr.domain.request.reference import reference_in
from dsr.projections.paging import Page
from dsr.projections.queue import request_by_reference
from dsr.projections.requests import controllers_of
from dsr.projections.rows import Row
from dsr.projections.search import cases_among
from dsr.vault import IndexPurpose, normal_form


class SearchDesk:
    """find the requests of a person, or the one with a reference."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def by_person(
        self, caller: Caller, *, kind: IndexPurpose, value: str, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """One page of the requests in scope, open and closed, latest arrival first.

        Identifiers match in any notation; a matching name is only a hint, since many people share one. Raises
        IdentifierMissing if the value can't identify anyone; CursorInvalid.
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

    def by_reference(self, caller: Caller, typed: str) -> Row:
        """The request in scope with this reference, as the queue shows it; any case, dashes and spaces will do.

        Raises RequestUnknown; one outside the scope is refused like one that does not exist.
        """
        reference = reference_in(typed)
        row = None
        if reference is not None:
            with self._repository.database.reading() as connection:
                row = request_by_reference(connection, reference)
        if row is None or not caller.sees(row["request_id"], *controllers_of(row, past=caller.is_auditor)):
            raise RequestUnknown(
                "No request with this reference is in your scope. Compare it with the letter: it reads like "
                "DSR-7KQ4-M2XN, without 0, 1, I, L, O and U."
            )
        return row
