"""What can be wrong with stored events."""

from dsr.domain.errors import Broken


class EventUnknown(Broken):
    """The log holds an event whose name this program does not know. Install the version that wrote it."""

    code = "event-unknown"


class EventUnreadable(Broken):
    """A stored event does not have the shape that its name promises. Restore the database from a backup."""

    code = "event-unreadable"
