"""Today: what waits for the member of staff who is signed in."""

from typing import Any, Final

from flask import Response

from dsr.api.console.approvals import PROPOSALS, proposal_in_words
from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.tour import tour
from dsr.api.context import caller, service
from dsr.api.roles import READERS, STAFF
from dsr.domain.roles import Role
from dsr.projections import QueueFilter, due_soon, queue
from dsr.projections.decisions import proposal_list
from dsr.projections.messages import MessageFilter, message_list

_SHORT: Final = 8
"""Lines of each list; the queue has the rest."""


@console.get("")
@page_of(STAFF)
def today() -> Response:
    """Show what is mine, what waits for me, and what is due soon. An operator sees no case, and goes to the service."""
    who, at = caller(), service().clock.now()
    if who.roles.isdisjoint(READERS):
        return to("/console/service")
    with service().database.reading() as connection:
        mine = queue(connection, QueueFilter(assignee=who.actor), limit=_SHORT, scope=who.scope)
        soon = due_soon(connection, at, limit=_SHORT, scope=who.scope)
        unread = message_list(connection, MessageFilter(unexamined=True), at=at, limit=_SHORT, scope=who.scope)
        returned = queue(connection, QueueFilter(undelivered=True), limit=_SHORT, scope=who.scope)
        untriaged = queue(connection, QueueFilter(unassigned=True), limit=_SHORT, scope=who.scope)
        approvals: list[Any] = []
        if Role.APPROVER in who.roles:
            found = proposal_list(connection, PROPOSALS.keys(), limit=_SHORT, scope=who.scope).rows
            approvals = [each for each in found if each["opened_by"] != who.actor]
    return page(
        "today.html",
        mine=mine.rows,
        soon=soon,
        unread=unread.rows,
        returned=returned.rows,
        unassigned=untriaged.rows,
        approvals=approvals,
        named=proposal_in_words,
        tour=tour(),
    )
