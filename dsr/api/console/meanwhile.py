"""What happened since a form was written.

A form stays valid if somebody only opened sealed text, or if the service acknowledged receipt. It does that seconds
after a request is registered: just when a handler fills in the first form.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from flask import request

from dsr.api.context import desk
from dsr.api.preconditions import VERSION_FIELD, having_seen
from dsr.desk.errors import VersionStale
from dsr.desk.happened import Happened, happened_since

T = TypeVar("T")


def version_of_form(field: str = VERSION_FIELD) -> int | None:
    """The version on which the form was written; None where it names none."""
    typed = request.form.get(field, "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


def since_form(stream_id: UUID) -> Sequence[Happened]:
    """What happened to a case, a letter or a matter since then, the last first."""
    seen = version_of_form()
    return () if seen is None else happened_since(desk().repository, stream_id, seen)


def unless_harmless(stream_id: UUID, give: Callable[[], T]) -> T:
    """Give a command. If it is refused as stale and every event since was harmless, give it on the present version.

    Raises what the command raises.
    """
    try:
        return give()
    except VersionStale:
        since = since_form(stream_id)
        if not since or since[-1].version - 1 != version_of_form() or not all(each.is_harmless for each in since):
            raise
        with having_seen(since[0].version):
            return give()
