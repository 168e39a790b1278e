"""Announcements of changes to the list of controllers (GDPR Art. 13(1)(a), 26(2); promised in the notice, docs/law
§1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dsr.domain.errors import Refused, Unknown
from dsr.domain.ropa.parties import Controller


class AnnouncementUnknown(Unknown):
    """There is no such version of the record of processing, or it changed nothing that has to be announced. `GET
    /announcements` lists the changes.
    """

    code = "announcement-unknown"


class AnnouncementMade(Refused):
    """The announcement of this change to the list of controllers is recorded already."""

    code = "announcement-made"


class AnnouncementDateInvalid(Refused):
    """A change is announced on or after the day of its adoption, and not in the future: correct the date."""

    code = "announcement-date-invalid"


class AnnouncementIncomplete(Refused):
    """Name at least one channel, and say in a sentence what was announced."""

    code = "announcement-incomplete"


class AnnouncementChannel(StrEnum):
    """Channel of an announcement."""

    WEBSITE = "website"
    """On a website."""
    EMAIL = "email"
    """By e-mail."""
    POST = "post"
    """By post."""
    PORTAL = "portal"
    """In a portal."""
    INTRANET = "intranet"
    """For employees."""
    PRESS = "press"
    """In the press."""


@dataclass(frozen=True)
class ControllerChange:
    """Differences between two versions of the list of controllers: ids, each list sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[str, ...]
    """Controllers whose name changed."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed)

    @classmethod
    def between(cls, before: Iterable[Controller], after: Iterable[Controller]) -> "ControllerChange":
        """Compare ids and names; the list shows nothing else of a controller."""
        old, new = ({each.id: each.name for each in controllers} for controllers in (before, after))
        return cls(
            added=tuple(sorted(new.keys() - old.keys())),
            removed=tuple(sorted(old.keys() - new.keys())),
            renamed=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
        )


@dataclass(frozen=True)
class Announcement:
    """A change of the list of controllers, from its adoption until it was announced."""

    number: int
    """Number of the version of the record that changed the list."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[str, ...]
    adopted_at: datetime
    announced_on: date | None = None
    """None until it is announced; no law sets a date for it."""
    channels: tuple[AnnouncementChannel, ...] = ()
    summary: str = ""
    """Text of the announcement: public, without personal data."""
    recorded_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not announced yet."""
        return self.announced_on is None
