"""What every read model of a kind of file does when such a file is forgotten (docs/law §7)."""

from collections.abc import Callable

from dsr.domain.events import Event
from dsr.domain.own_file import (
    FileForgettingAttested,
    FileForgettingDeclined,
    FileForgettingOrdered,
    FileForgettingProposed,
    FileForgettingRestored,
)
from dsr.domain.recorded import Recorded
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows


def follow_forgetting(
    read_model: Projection,
    closed: Callable[[FileForgettingRestored], Row],
    *,
    proposed: Callable[[FileForgettingProposed | None], Row] = lambda _: {},
) -> None:
    """Count the version with each event of the forgetting. `closed`: the columns of a file that a restored backup shows
    in an earlier state; `proposed`: those of a proposal, None once it is decided. These events happen to every kind of
    file, so those of other kinds have no row here.
    """

    @read_model.on(FileForgettingProposed, FileForgettingDeclined, FileForgettingOrdered, FileForgettingAttested)
    def went_on(event: Event, recorded: Recorded, rows: Rows) -> None:
        undecided = event if isinstance(event, FileForgettingProposed) else None
        for row in rows.of(recorded.stream_id):
            row.update(proposed(undecided), version=recorded.stream_version)

    @read_model.on(FileForgettingRestored)
    def restored(event: FileForgettingRestored, recorded: Recorded, rows: Rows) -> None:
        for row in rows.of(recorded.stream_id):
            row.update(closed(event), version=recorded.stream_version)
