"""Errors of stored events."""

from dsr.domain.errors import Broken


class EventUnknown(Broken):
    """The log holds an event that this version of the program does not know. Install the version that wrote it."""

    code = "event-unknown"


class EventUnreadable(Broken):
    """A stored event does not match the fields of its type. Restore the database from a backup."""

    code = "event-unreadable"
