"""A case that runs every command of the catalogue with lawful arguments: a test names only what it is about."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.request import Request
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.searching import open_systems
from dsr.domain.request.values import Channel
from tests.catalogue.act import Act
from tests.catalogue.maker import Maker


class LawfulCase(Maker):
    """A case, the instant at which its next command is given, and the working days by which its dates are computed."""

    request: Request
    now: datetime
    calendar: WorkingCalendar

    def __getattr__(self, command: str) -> Callable[..., None]:
        """Any command of the case by its name; what is not given has a lawful default."""
        from tests.catalogue.catalogue import ACTS

        if command not in ACTS:
            raise AttributeError(command)

        def run(*named: Any, **changes: Any) -> None:
            self.run(ACTS[command], named, changes)

        return run

    def run(self, act: Act, named: tuple[Any, ...], changes: dict[str, Any]) -> None:
        """Give one command: `changes` win over what is lawful, also who acts (`actor`), when (`at`), by which days."""
        self.now = changes.get("at", self.now)
        given: dict[str, Any] = {"at": self.now, "calendar": self.calendar, "actor": act.actor}
        given |= act.lawful(self, *named) | changes
        acting = CaseActing(given.pop("actor"), given.pop("at"), given.pop("calendar"))
        getattr(self.request, act.command)(acting, **given)

    def letter(self, kind: LetterKind) -> Letter:
        """A complete letter that leaves now."""
        return self.complete_letter(kind, self.now)

    @property
    def fee_id(self) -> UUID:
        """The fee that was proposed last."""
        return list(self.request.fees)[-1]

    @property
    def restriction_id(self) -> UUID:
        """The restriction that was made last."""
        return list(self.request.restrictions)[-1]

    @property
    def hold_id(self) -> UUID:
        """The hold that was placed last."""
        return list(self.request.holds)[-1]

    def offered_token(self, item_id: str) -> UUID:
        """The link to the package of an item, or one that nobody made."""
        item = self.request.items.get(item_id)
        return self.uuid() if item is None or item.offer is None else item.offer.token_id

    def apart_from_link(self, item_id: str) -> Channel:
        """A channel of letters that no link to the package of an item took."""
        item = self.request.items.get(item_id)
        taken = None if item is None or item.offer is None else item.offer.link_left_by
        return Channel.IN_PERSON if taken is Channel.POST else Channel.POST

    def awaited_system(self, item_id: str) -> str:
        """A system that the item waits for, or one that it does not know."""
        item = self.request.items.get(item_id)
        return "crm" if item is None else next(iter(open_systems(self.request, item)), "crm")

    @property
    def search_link_id(self) -> UUID:
        """The link for the owner of a system that can be opened, or one that nobody made."""
        links = [link for item in self.request.items.values() for link in item.search_links.values()]
        return next((each.link_id for each in links if not each.session_sha256), self.uuid())

    @property
    def message_id(self) -> UUID:
        """The message that came last."""
        return list(self.request.messages)[-1]

    @property
    def claimed_id(self) -> UUID:
        """The message elsewhere that claimed the thread last, or one that nobody wrote."""
        return [self.uuid(), *self.request.claims][-1]

    @property
    def evidence(self) -> tuple[UUID, ...]:
        """Keys of the evidence of identity that a decision about it destroys."""
        return self.request.identity.evidence_keys

    @property
    def earlier_fact(self) -> int:
        """What was recorded last by hand on a later day; without any, a version that recorded nothing of the kind."""
        return max(self.request.earlier_facts, default=self.request.version)
