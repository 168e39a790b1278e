"""One entry of the catalogue: a command as the domain, the desk and the API take it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.errors import RequestUnknown
from dsr.domain.roles import Role
from tests.catalogue.act import Act
from tests.desk.office import Office


@dataclass(frozen=True, kw_only=True)
class AtDesk:
    """How to come to a use case, how to run it, and which events it makes."""

    method: str
    """`room.method` of `Desk`."""
    given: Callable[[Office], UUID | None]
    """What has to have happened; the id of the aggregate that the use case works on, None where it makes one."""
    run: Callable[[Office, Any, Call], Any]
    makes: tuple[str, ...]
    """The names of its events, in order."""
    unknown: type[Exception] | None = RequestUnknown
    """How it answers a caller who does not see the case; None where scope does not matter."""
    versioned: bool = True
    """Whether a stale version is refused."""


@dataclass(frozen=True)
class OverHttp:
    """A POST route, the roles that the law names for it (docs/law §3, the column "who"), and a body right in itself."""

    path: str
    """With `{}` for each id."""
    roles: frozenset[Role]
    """Empty for a route that anyone may use."""
    body: Mapping[str, Any] = field(default_factory=dict)
    takes_key: bool = True
    """False for what changes nothing, or has a key of its own."""
    versioned: bool = True
    """False for what makes something new, or belongs to no version."""
    reads: bool = False
    """Changes nothing but the record of who read it."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command by its name in plain words. A part that is missing does not exist, or belongs to another entry."""

    name: str
    act: Act | None = None
    desk: AtDesk | None = None
    http: OverHttp | None = None


def at_desk(
    method: str,
    given: Callable[[Office], UUID | None],
    makes: str | tuple[str, ...],
    /,
    *positional: Any,
    unknown: type[Exception] | None = RequestUnknown,
    **facts: Any,
) -> AtDesk:
    """A use case whose first argument is the aggregate. A fact that is callable is asked of office and aggregate."""
    room, name = method.split(".")

    def run(office: Office, subject: UUID, call: Call) -> Any:
        def told(fact: Any) -> Any:
            return fact(office, subject) if callable(fact) else fact

        use_case = getattr(getattr(office.desk, room), name)
        return use_case(subject, *map(told, positional), call, **{key: told(fact) for key, fact in facts.items()})

    made = (makes,) if isinstance(makes, str) else makes
    return AtDesk(method=method, given=given, run=run, makes=made, unknown=unknown)
