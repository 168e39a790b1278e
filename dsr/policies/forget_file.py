"""Whenever a file that is no case is ordered to be forgotten, destroy its keys and all that was derived from it
(docs/law §7).
"""

from typing import ClassVar

from dsr.desk.file_forgetting import FileForgettingDesk
from dsr.domain.events import Event
from dsr.domain.own_file import FileForgettingOrdered
from dsr.domain.recorded import Recorded
from dsr.policies.policy import call_for


class ForgetFile:
    """Whenever a file that is no case is ordered to be forgotten, destroy its keys and all that was derived from it
    (docs/law §7).
    """

    name: ClassVar[str] = "forget-file"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({FileForgettingOrdered})

    def __init__(self, file_forgetting: FileForgettingDesk) -> None:
        self._file_forgetting = file_forgetting

    def react(self, recorded: Recorded) -> None:
        """Raises what `FileForgettingDesk.purge` raises; it goes on where it was broken off."""
        assert isinstance(recorded.event, FileForgettingOrdered)  # noqa: S101 - by `handles`
        self._file_forgetting.purge(recorded.event.kind, recorded.stream_id, call_for(self, recorded))
