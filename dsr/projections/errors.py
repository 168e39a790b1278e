"""Errors of reading and rebuilding read models."""

from dsr.domain.errors import Invalid, Unavailable, Unknown


class CursorInvalid(Invalid):
    """This cursor belongs to another list or sort order. Start again without a cursor."""

    code = "cursor-invalid"


class ProjectionUnknown(Unknown):
    """There is no read model of this name. `dsr projections list` lists them."""

    code = "projection-unknown"


class ProjectionBehind(Unavailable):
    """A read model is older than the event log or than this program. Run `dsr projections rebuild`."""

    code = "projection-behind"


class RebuildEnded(Unavailable):
    """A process that rebuilds read models ended too early, possibly for lack of memory. Nothing was changed: run `dsr
    projections rebuild` again.
    """

    code = "rebuild-ended"


class RebuildRunning(Unavailable):
    """Another process rebuilds read models of this database. Wait until it is done, or end it, then run this again."""

    code = "rebuild-running"
